/**
 * The IKE engine: inputs in, effects out; no clock, no socket, no randomness of its own. It puts the
 * parts together, hands every input to the one it is for, and applies changes of the tables.
 */
import { assertNever } from '../base/assert.js';
import type { Instant } from '../base/instant.js';
import type { CryptoProvider } from '../crypto/provider.js';
import { idsOf } from './child-sa.js';
import type { Effect, IkeEngine } from './effect.js';
import { EngineState } from './engine-state.js';
import { Environment } from './environment.js';
import type { IkeConfig } from './ike-config.js';
import type { IkeSa } from './ike-sa.js';
import { InformationalHandler } from './informational-handler.js';
import type { Command, Input } from './input.js';
import { policyById, stillFits } from './lookup.js';
import { Phase1Life } from './phase1-life.js';
import { Phase2Life } from './phase2-life.js';
import { Receiver } from './receiver.js';
import { SaLife } from './sa-life.js';
import type { EngineStatus, PeerStatus } from './status.js';

export interface EngineOptions {
  readonly crypto: CryptoProvider;
  /** UDP port we speak from, 500 unless said. */
  readonly localPort?: number;
}

export class Engine implements IkeEngine {
  readonly #state: EngineState;
  readonly #phase1: Phase1Life;
  readonly #phase2: Phase2Life;
  readonly #sas: SaLife;
  readonly #receiver: Receiver;
  #now = 0 as Instant;

  constructor({ crypto, localPort = 500 }: EngineOptions) {
    const state = new EngineState(new Environment(crypto), localPort);
    const phase1 = new Phase1Life(state, {
      initialContact: (ikeSa, now) => informational.onInitialContact(ikeSa, now),
      established: (ikeSa, now) => phase2.proceed(ikeSa, now),
      ended: (ikeSa, now) => phase2.phase1Ended(ikeSa, now),
      dropped: (datagram, reason, detail) => receiver.dropped(datagram, reason, detail),
    });
    const phase2 = new Phase2Life(state, phase1, {
      removeChild: (child, how) => sas.removeChild(child, how),
    });
    const sas = new SaLife(state, phase2);
    const informational = new InformationalHandler(state, {
      sas,
      dropped: (datagram, reason, detail) => receiver.dropped(datagram, reason, detail),
    });
    const receiver = new Receiver(state, { phase1, phase2, informational });
    this.#state = state;
    this.#phase1 = phase1;
    this.#phase2 = phase2;
    this.#sas = sas;
    this.#receiver = receiver;
  }

  handle(input: Input): readonly Effect[] {
    // Time does not run backwards, whatever a host's clock says.
    if (input.now > this.#now) this.#now = input.now;
    const now = this.#now;
    const { environment } = this.#state;
    switch (input.kind) {
      case 'datagram':
        this.#receiver.receive(input.datagram, now);
        break;
      case 'timeout':
        environment.timers.fire(now);
        break;
      case 'dataplane':
        this.#sas.handle(input.event, now);
        break;
      case 'completed':
        environment.complete(input.id, input.result, now);
        break;
      case 'configured':
        this.#configure(input.config, now);
        break;
      case 'command':
        this.#command(input.command, now);
        break;
      default:
        assertNever(input);
    }
    return environment.drain();
  }

  nextTimeout(): Instant | undefined {
    return this.#state.environment.timers.next();
  }

  status(): EngineStatus {
    const state = this.#state;
    const peers = new Map<number, PeerStatus>();
    for (const [peerId, remote] of state.expiredPeers) {
      if (state.childrenWith(remote).length > 0) peers.set(peerId, { state: 'expired' });
    }
    for (const ikeSa of state.ikeSas.all()) {
      const shown = peers.get(ikeSa.peer.id);
      if (shown?.state === 'established' && !ikeSa.established) continue;
      peers.set(ikeSa.peer.id, peerStatus(ikeSa));
    }
    return {
      peers,
      policies: new Map(state.phase2States),
      childSas: [...state.children.all()].map((child) => ({
        policyId: child.policyId,
        ids: idsOf(child),
        pfs: child.pfs,
        dying: child.dying,
      })),
      policiesWithSas: state.children.policies(),
      activeRemotes: state.activeRemotes(),
      sizes: {
        ikeSas: state.ikeSas.size,
        halfOpen: state.ikeSas.halfOpen.size,
        negotiations: state.negotiations.size,
        childSas: state.children.size,
        timers: state.environment.timers.size,
        openRequests: state.environment.openRequests,
      },
    };
  }

  /** Edits touch only what they change: SAs of rows that still fit stay (R-6C). */
  #configure(config: IkeConfig, now: Instant): void {
    const before = this.#state.config;
    this.#state.config = config;
    this.#state.backoff.clear();
    for (const [position, old] of before.policies.entries()) {
      // Mostly a row is where it was: then nobody need be asked for it.
      const here = config.policies[position];
      const now = here?.id === old.id ? here : policyById(config, old.id);
      if (now !== undefined && stillFits(now, old)) continue;
      this.#phase2.cancelPolicy(old.id);
      for (const child of this.#state.children.ofPolicy(old.id)) {
        const why = `${old.label} was changed, disabled or removed`;
        this.#sas.removeChild(child, { tell: true, why, level: 'info' });
      }
      this.#state.phase2States.delete(old.id);
    }
    // Last, as an IKE SA that ends now still carries the word about the SAs that went.
    for (const ikeSa of [...this.#state.ikeSas.all()]) this.#phase1.review(ikeSa, now);
  }

  #command(command: Command, now: Instant): void {
    switch (command.kind) {
      case 'initiate': {
        const policy = policyById(this.#state.config, command.policyId);
        if (policy !== undefined) this.#phase2.negotiate(policy, command.cause ?? 'command', now);
        break;
      }
      case 'resync':
        this.#sas.resync(command.sas, now);
        break;
      case 'shutdown':
        this.#shutdown(now);
        break;
      case 'flush':
        this.#flush(command.protocols);
        break;
      default:
        assertNever(command);
    }
  }

  #flush(protocols: 'ah' | 'esp' | 'all'): void {
    const why = 'an administrator flushed the SAs';
    for (const child of [...this.#state.children.all()]) {
      const isMeant =
        protocols === 'all' || idsOf(child).some(({ protocol }) => protocol === protocols);
      if (isMeant) this.#sas.removeChild(child, { tell: true, why, level: 'info' });
    }
  }

  #shutdown(now: Instant): void {
    this.#phase2.cancelAll();
    const why = 'this router stops';
    for (const child of [...this.#state.children.all()]) {
      this.#sas.removeChild(child, { tell: true, why, level: 'info' });
    }
    for (const ikeSa of [...this.#state.ikeSas.all()]) ikeSa.close(now, why, true);
  }
}

function peerStatus(ikeSa: IkeSa): PeerStatus {
  if (!ikeSa.established || ikeSa.establishedAt === undefined) return { state: ikeSa.state };
  return {
    state: ikeSa.state,
    side: ikeSa.role,
    establishedAt: ikeSa.establishedAt,
    phase2Active: ikeSa.phase2Active,
    phase2Total: ikeSa.phase2Total,
  };
}
