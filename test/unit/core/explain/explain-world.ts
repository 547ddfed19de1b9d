/** A console whose `explain` looks at a memory data plane that holds what the tables say. */
import { instant } from '../../../../lib/core/base/instant.js';
import { Secret } from '../../../../lib/core/base/secret.js';
import { MemoryDataPlane } from '../../../../lib/core/dataplane/memory/memory-data-plane.js';
import type {
  DataPlanePolicy,
  IpsecSa,
  PolicyTemplate,
} from '../../../../lib/core/dataplane/types.js';
import type { PacketFacts } from '../../../../lib/core/explain/facts.js';
import { compilePolicies } from '../../../../lib/core/policy/compile.js';
import { reqidOfPolicy } from '../../../../lib/core/policy/manual-sas.js';
import { createTestCrypto } from '../../../support/crypto.js';
import { type Console, newConsole } from '../console/fake-host.js';

export const now = instant(1_000);

export class ExplainWorld {
  readonly console: Console = newConsole();
  readonly plane: MemoryDataPlane;
  /** Positions of the policies that have SAs. */
  #withSas: ReadonlySet<number> = new Set();
  #spi = 0x1000;

  readonly localAddresses: readonly string[] = ['1.0.0.1', '10.1.0.1'];

  constructor() {
    this.plane = new MemoryDataPlane({
      random: (length) => createTestCrypto().random(length),
      epochAtZero: 1_700_000_000,
      now,
    });
    this.look();
  }

  /** Commands, and what follows from them for the data plane. */
  run(...lines: readonly string[]): void {
    for (const line of lines) this.console.run(line);
    this.#install();
  }

  /** Gives the policies at these places the SAs they need. */
  giveSas(...positions: readonly number[]): void {
    this.#withSas = new Set(positions);
    this.#install();
    for (const position of positions) {
      const row = this.console.host.current.tables.policy[position];
      if (row === undefined) throw new Error(`no policy ${position}`);
      const reqid = reqidOfPolicy(row);
      const templates = this.plane
        .snapshot()
        .policies.filter(({ direction }) => direction !== 'fwd')
        .flatMap((policy) => policy.templates.map((template) => ({ template, policy })))
        .filter(({ template }) => template.reqid === reqid);
      const seen = new Set<string>();
      for (const { template, policy } of templates) {
        const key = JSON.stringify([policy.direction, template]);
        if (!seen.has(key)) this.installSa(template, policy.direction === 'out' ? 'out' : 'in');
        seen.add(key);
      }
    }
    this.look();
  }

  installSa(template: PolicyTemplate, direction: 'in' | 'out'): void {
    const { protocol, mode, source, destination, reqid } = template;
    const bytes = (length: number) => new Secret(new Uint8Array(length).fill(7));
    this.#spi += 1;
    const sa: IpsecSa = {
      ...{ protocol, mode, source, destination, reqid, direction, spi: this.#spi },
      ...(protocol === 'esp' ? { encryption: '3des' as const } : {}),
      integrity: 'sha1',
      encryptionKey: bytes(protocol === 'esp' ? 24 : 0),
      integrityKey: bytes(20),
      replayWindow: 32,
      lifetime: { softSeconds: 0, hardSeconds: 0, softBytes: 0, hardBytes: 0 },
    };
    const [result] = this.plane.apply([{ kind: 'installSa', sa }]);
    if (result?.kind !== 'ok') throw new Error(result?.detail);
    this.look();
  }

  /** A policy that another program has installed. */
  installForeign(policy: DataPlanePolicy): void {
    this.plane.apply([{ kind: 'installPolicy', policy }]);
    this.look();
  }

  /** What the system knows otherwise than so far. */
  facts(facts: Partial<PacketFacts>): void {
    const { host } = this.console;
    host.facts = { ...host.facts, ...facts };
  }

  /** The words of the answer, however they were broken into lines. */
  explain(packet: string): string {
    return this.console.run(`/ip ipsec explain ${packet}`, 1_000).trimEnd();
  }

  explainJson(packet: string) {
    const { output, error } = this.console.session.execute(`/ip ipsec explain ${packet}`, {
      form: 'json',
    });
    if (error !== undefined) throw new Error(error.text);
    return JSON.parse(output);
  }

  #install(): void {
    const { plane } = this;
    const { current } = this.console.host;
    const ids = [...this.#withSas].map((place) => current.tables.policy[place]?.id ?? 0);
    const desired = compilePolicies(current, {
      localAddresses: this.localAddresses,
      withSas: new Set(ids),
    });
    const installed = plane.snapshot().policies;
    const results = plane.apply([
      ...installed.map((policy) => ({ kind: 'removePolicy', policy }) as const),
      ...desired.map((policy) => ({ kind: 'installPolicy', policy }) as const),
    ]);
    for (const result of results) if (result.kind !== 'ok') throw new Error(result.detail);
    this.look();
  }

  /** Takes what the data plane holds by now for what `explain` sees. */
  look(): void {
    this.facts({ localAddresses: this.localAddresses, snapshot: this.plane.snapshot() });
  }
}
