/**
 * A data plane without packets on a wire and without a kernel: the readable reference for what Linux
 * does with policies, SAs, acquires and lifetimes, for tests and the simulator.
 */
import { equalBytes } from '../../base/bytes.js';
import type { Instant } from '../../base/instant.js';
import { Secret } from '../../base/secret.js';
import { formatSelector } from '../../base/selector.js';
import { spiNumber } from '../../base/spi.js';
import {
  encryptionAlgorithm,
  encryptionAlgorithms,
  integrityAlgorithm,
  integrityAlgorithms,
} from '../../crypto/algorithms.js';
import { decidingPolicy } from '../deciding-policy.js';
import type {
  DataPlane,
  DataPlaneCapabilities,
  DataPlaneEvent,
  DataPlaneOperation,
  DataPlanePolicy,
  DataPlaneResult,
  DataPlaneSnapshot,
  IpsecSa,
  PolicyTemplate,
} from '../types.js';
import { type EncryptedPacket, isEncrypted, type Packet } from './packet.js';
import { SaDatabase } from './sa-database.js';
import { SaEntry } from './sa-entry.js';

export interface MemoryDataPlaneOptions {
  /** Source of SPIs: `length` bytes, each call new ones. */
  readonly random: (length: number) => Uint8Array;
  /** Seconds since the epoch at instant 0. */
  readonly epochAtZero: number;
  /** The time until the first `advance`. */
  readonly now: Instant;
  /** What differs from a data plane that can do everything. */
  readonly capabilities?: Partial<Omit<DataPlaneCapabilities, 'name'>>;
}

/** Words of the counters in /proc/net/xfrm_stat, without their prefix. */
export type DropReason =
  | 'OutNoStates'
  | 'OutPolBlock'
  | 'OutStateExpired'
  | 'InNoStates'
  | 'InStateExpired'
  | 'InStateProtoError'
  | 'InStateSeqError'
  | 'InNoPols'
  | 'InPolBlock'
  | 'InTmplMismatch';

export type SendResult =
  | { readonly kind: 'clear' }
  | { readonly kind: 'encrypted'; readonly packet: EncryptedPacket }
  | { readonly kind: 'dropped'; readonly reason: DropReason };

export type ReceiveResult =
  | { readonly kind: 'delivered'; readonly packet: Packet }
  | { readonly kind: 'dropped'; readonly reason: DropReason };

/** RFC 4303 2.1 reserves what lies below. */
const firstSpi = 0x100;
const spiAttempts = 1000;
/** XFRM_MAX_DEPTH of Linux. */
const templatesPerPolicy = 6;

const ok: DataPlaneResult = { kind: 'ok' };

/**
 * Events reach the listeners synchronously, in the middle of `advance`, `sendPacket` or
 * `receivePacket`; a listener may call `apply`. Time only moves through `now` arguments, never back.
 */
export class MemoryDataPlane implements DataPlane {
  readonly capabilities: DataPlaneCapabilities;
  readonly #random: (length: number) => Uint8Array;
  readonly #epochAtZero: number;
  readonly #policies = new Map<string, DataPlanePolicy>();
  readonly #sas = new SaDatabase();
  #listeners: ((event: DataPlaneEvent) => void)[] = [];
  #now: Instant;

  constructor({ random, epochAtZero, now, capabilities }: MemoryDataPlaneOptions) {
    this.#random = random;
    this.#epochAtZero = epochAtZero;
    this.#now = now;
    this.capabilities = {
      esp: true,
      ah: true,
      encryption: encryptionAlgorithms.map(({ name }) => name),
      integrity: integrityAlgorithms.map(({ name }) => name),
      ...capabilities,
      name: 'memory',
    };
  }

  apply(operations: readonly DataPlaneOperation[]): readonly DataPlaneResult[] {
    return operations.map((operation) => this.#applyOne(operation));
  }

  snapshot(): DataPlaneSnapshot {
    return {
      policies: [...this.#policies.values()],
      sas: this.#sas.all().map((entry) => entry.installed()),
    };
  }

  onEvent(listener: (event: DataPlaneEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** Forgets the listeners; policies and SAs stay, as they do in a kernel. */
  close(): void {
    this.#listeners = [];
  }

  /** When `advance` has something to do; undefined = nothing will expire by time. */
  nextTimeout(): Instant | undefined {
    return this.#sas.nextExpiry()?.at;
  }

  /** Lets time pass: raises every expiry up to `now`, each at its own instant and in order. */
  advance(now: Instant): void {
    for (;;) {
      const next = this.#sas.nextExpiry();
      if (next === undefined || next.at > now) break;
      if (next.at > this.#now) this.#now = next.at;
      this.#expire(next.entry, next.entry.nextExpiry()?.expiry === 'hard');
    }
    if (now > this.#now) this.#now = now;
  }

  /** What becomes of a packet that leaves this host or is forwarded by it. */
  sendPacket(packet: Packet, now: Instant): SendResult {
    this.advance(now);
    const policy = this.#lookup('out', packet);
    if (policy === undefined || policy.action === 'bypass') return { kind: 'clear' };
    if (policy.action === 'discard') return { kind: 'dropped', reason: 'OutPolBlock' };
    const entries: SaEntry[] = [];
    for (const template of policy.templates) {
      const entry = this.#sas.outbound(template);
      if (entry) entries.push(entry);
      else this.#acquire(template);
      if (!entry && !template.optional) return { kind: 'dropped', reason: 'OutNoStates' };
    }
    let current: Packet | EncryptedPacket = packet;
    for (const entry of entries) {
      if (!this.#mayUse(entry)) return { kind: 'dropped', reason: 'OutStateExpired' };
      entry.count(packet.bytes, this.#epochSeconds());
      current = seal(entry, current);
    }
    return isEncrypted(current) ? { kind: 'encrypted', packet: current } : { kind: 'clear' };
  }

  /**
   * What becomes of a packet that arrives, in clear or not. A packet that leaves its last SA towards
   * another address than the SA's own is judged by the `fwd` policies, any other by the `in` ones.
   */
  receivePacket(packet: Packet | EncryptedPacket, now: Instant): ReceiveResult {
    this.advance(now);
    const passed: IpsecSa[] = [];
    let current = packet;
    while (isEncrypted(current)) {
      const entry = this.#sas.get(current);
      if (!entry || entry.state === 'larval' || entry.sa.direction !== 'in') {
        return { kind: 'dropped', reason: 'InNoStates' };
      }
      const refused = this.#open(entry, current);
      if (refused) return { kind: 'dropped', reason: refused };
      entry.count(innermost(current).bytes, this.#epochSeconds());
      passed.push(entry.sa);
      current = current.inner;
    }
    const refused = this.#checkInbound(current, passed);
    return refused ? { kind: 'dropped', reason: refused } : { kind: 'delivered', packet: current };
  }

  /** Somebody else removes every SA and reservation: what `ip xfrm state flush` does to us. */
  flushSas(): void {
    for (const entry of this.#sas.all()) {
      this.#sas.remove(entry);
      this.#emit({ kind: 'removed', id: idOf(entry.sa), reqid: entry.sa.reqid });
    }
  }

  /** Tells the listeners that events were lost. */
  overrun(): void {
    this.#emit({ kind: 'overrun' });
  }

  #applyOne(operation: DataPlaneOperation): DataPlaneResult {
    switch (operation.kind) {
      case 'allocateSpi':
        return this.#allocateSpi(operation);
      case 'installSa':
        return this.#installSa(operation.sa);
      case 'removeSa': {
        const entry = this.#sas.get(operation.id);
        if (!entry) return refused('ESRCH', 'no such SA');
        this.#sas.remove(entry);
        return ok;
      }
      case 'installPolicy': {
        const key = policyKey(operation.policy);
        if (this.#policies.has(key)) return refused('EEXIST', `policy ${key} is there already`);
        return this.#setPolicy(operation.policy);
      }
      case 'updatePolicy': {
        const key = policyKey(operation.policy);
        if (!this.#policies.has(key)) return refused('ENOENT', `no policy ${key}`);
        return this.#setPolicy(operation.policy);
      }
      case 'removePolicy': {
        const key = policyKey(operation.policy);
        return this.#policies.delete(key) ? ok : refused('ENOENT', `no policy ${key}`);
      }
    }
  }

  #allocateSpi(operation: Extract<DataPlaneOperation, { kind: 'allocateSpi' }>): DataPlaneResult {
    const { protocol, mode, source, destination, reqid } = operation;
    for (let attempt = 0; attempt < spiAttempts; attempt += 1) {
      const spi = spiNumber(this.#random(4));
      if (spi < firstSpi || this.#sas.get({ protocol, spi, destination })) continue;
      this.#sas.add(
        this.#entry(larval({ protocol, spi, source, destination, mode, reqid }, 'in'), true),
      );
      return { kind: 'ok', spi };
    }
    return refused('ENOENT', `no free SPI in ${spiAttempts} attempts`);
  }

  #installSa(sa: IpsecSa): DataPlaneResult {
    const fault = this.#faultOf(sa);
    if (fault) return fault;
    const there = this.#sas.get(sa);
    if (there && there.state !== 'larval') {
      return refused('EEXIST', `SA ${sa.protocol} ${sa.spi} to ${sa.destination} is there already`);
    }
    this.#sas.add(this.#entry(sa, false));
    return ok;
  }

  #faultOf(sa: IpsecSa): DataPlaneResult | undefined {
    const { protocol, encryption, integrity, encryptionKey, integrityKey, spi } = sa;
    const { capabilities } = this;
    if (!capabilities[protocol]) return refused('EPROTONOSUPPORT', `no ${protocol} here`);
    if ((protocol === 'esp') !== (encryption !== undefined)) {
      return refused('EINVAL', 'ESP has an encryption algorithm and AH has none');
    }
    if (encryption !== undefined && !capabilities.encryption.includes(encryption)) {
      return refused('ENOSYS', `no ${encryption} here`);
    }
    if (!capabilities.integrity.includes(integrity))
      return refused('ENOSYS', `no ${integrity} here`);
    const encryptionBytes = encryption === undefined ? 0 : encryptionAlgorithm(encryption).keyBytes;
    if (encryptionKey.length !== encryptionBytes) {
      return refused('EINVAL', `encryption key of ${encryptionKey.length} bytes`);
    }
    // The null algorithms of Linux take keys of any length (spec A-30).
    const { keyBytes } = integrityAlgorithm(integrity);
    if (integrity !== 'null' && integrityKey.length !== keyBytes) {
      return refused('EINVAL', `integrity key of ${integrityKey.length} bytes`);
    }
    return spi === 0 ? refused('EINVAL', 'an SA has an SPI') : undefined;
  }

  #setPolicy(policy: DataPlanePolicy): DataPlaneResult {
    const { direction, action, templates } = policy;
    if (templates.length > templatesPerPolicy) {
      return refused('EINVAL', `${templates.length} templates`);
    }
    if ((action === 'protect') !== templates.length > 0) {
      return refused('EINVAL', `${templates.length} templates with action ${action}`);
    }
    const isBarred = ({ optional, mode }: PolicyTemplate) => optional && mode === 'tunnel';
    if (direction === 'out' && templates.some(isBarred)) {
      return refused('EINVAL', 'an optional tunnel template in an outbound policy (spec E-13)');
    }
    this.#policies.set(policyKey(policy), policy);
    return ok;
  }

  #lookup(direction: DataPlanePolicy['direction'], packet: Packet): DataPlanePolicy | undefined {
    return decidingPolicy(this.#policies.values(), direction, packet);
  }

  /** Asks for an SA, once per template until one comes or the question lapses (spec E-11, E-12). */
  #acquire(template: PolicyTemplate): void {
    if (this.#sas.hasAcquire(template)) return;
    const { protocol, source, destination, mode, reqid } = template;
    this.#sas.addAcquire(
      this.#entry(larval({ protocol, spi: 0, source, destination, mode, reqid }, 'out'), true),
    );
    this.#emit({ kind: 'acquire', reqid, protocol, source, destination });
  }

  /** Raises what the byte counter has reached; false when the SA is thereby gone. */
  #mayUse(entry: SaEntry): boolean {
    const expiry = entry.byteExpiry();
    if (expiry !== undefined) this.#expire(entry, expiry === 'hard');
    return expiry !== 'hard';
  }

  #open(entry: SaEntry, packet: EncryptedPacket): DropReason | undefined {
    if (!isSealedBy(packet, entry.sa)) {
      entry.countIntegrityError();
      return 'InStateProtoError';
    }
    if (!entry.acceptsSequenceNumber(packet.sequenceNumber)) return 'InStateSeqError';
    return this.#mayUse(entry) ? undefined : 'InStateExpired';
  }

  /** RFC 4301 5.2 step 4 as Linux has it (spec E-16, R-23). `passed`: outermost first. */
  #checkInbound(packet: Packet, passed: readonly IpsecSa[]): DropReason | undefined {
    const last = passed.at(-1);
    const isForwarded = last?.mode === 'tunnel' && last.destination !== packet.destination;
    const policy = this.#lookup(isForwarded ? 'fwd' : 'in', packet);
    if (policy?.action === 'discard') return 'InPolBlock';
    // Templates are listed innermost first, and the SA a packet left last was its innermost.
    const open = passed.slice().reverse();
    for (const template of policy?.templates ?? []) {
      const sa = open[0];
      if (sa && matchesTemplate(sa, template)) open.shift();
      else if (!template.optional) return 'InTmplMismatch';
    }
    if (!open.some(({ mode }) => mode === 'tunnel')) return undefined;
    return policy ? 'InTmplMismatch' : 'InNoPols';
  }

  /** A hard expiry removes the SA, a soft one marks it; both are told (spec E-31). */
  #expire(entry: SaEntry, hard: boolean): void {
    if (hard) this.#sas.remove(entry);
    else entry.markDying();
    this.#emit({ kind: 'expire', id: idOf(entry.sa), reqid: entry.sa.reqid, hard });
  }

  #entry(sa: IpsecSa, isLarval: boolean): SaEntry {
    return new SaEntry(sa, isLarval, this.#now, this.#epochSeconds());
  }

  #epochSeconds(): number {
    return this.#epochAtZero + Math.floor(this.#now / 1000);
  }

  #emit(event: DataPlaneEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function refused(code: string, detail: string): DataPlaneResult {
  return { kind: 'refused', code, detail };
}

function policyKey({ direction, selector }: Pick<DataPlanePolicy, 'direction' | 'selector'>) {
  return `${direction} ${formatSelector(selector)}`;
}

function idOf({ protocol, spi, source, destination }: IpsecSa) {
  return { protocol, spi, source, destination };
}

/** An entry without keys, which stands for a reserved SPI or, with SPI 0, a pending acquire. */
function larval(
  known: Pick<IpsecSa, 'protocol' | 'spi' | 'source' | 'destination' | 'mode' | 'reqid'>,
  direction: IpsecSa['direction'],
): IpsecSa {
  return {
    ...known,
    direction,
    integrity: 'null',
    encryptionKey: new Secret(new Uint8Array(0)),
    integrityKey: new Secret(new Uint8Array(0)),
    replayWindow: 0,
    lifetime: { softSeconds: 0, hardSeconds: 0, softBytes: 0, hardBytes: 0 },
  };
}

function seal(entry: SaEntry, inner: Packet | EncryptedPacket): EncryptedPacket {
  const { source, destination, protocol, spi, mode } = entry.sa;
  const sequenceNumber = entry.nextSequenceNumber();
  return { source, destination, protocol, spi, sequenceNumber, mode, inner, seal: entry.sa };
}

function isSealedBy({ seal: theirs, mode }: EncryptedPacket, ours: IpsecSa): boolean {
  return (
    mode === ours.mode &&
    theirs.encryption === ours.encryption &&
    theirs.integrity === ours.integrity &&
    equalBytes(theirs.encryptionKey.reveal(), ours.encryptionKey.reveal()) &&
    equalBytes(theirs.integrityKey.reveal(), ours.integrityKey.reveal())
  );
}

function matchesTemplate(sa: IpsecSa, template: PolicyTemplate): boolean {
  return (
    sa.protocol === template.protocol &&
    sa.mode === template.mode &&
    sa.reqid === template.reqid &&
    sa.source === template.source &&
    sa.destination === template.destination
  );
}

function innermost(packet: Packet | EncryptedPacket): Packet {
  let current = packet;
  while (isEncrypted(current)) current = current.inner;
  return current;
}
