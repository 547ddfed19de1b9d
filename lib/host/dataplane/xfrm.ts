/** The data plane of the Linux kernel: XFRM over netlink (spec E). IPv4. */
import { isOurReqid } from '../../core/dataplane/ownership.js';
import type {
  DataPlane,
  DataPlaneCapabilities,
  DataPlaneEvent,
  DataPlaneOperation,
  DataPlanePolicy,
  DataPlaneResult,
  DataPlaneSnapshot,
  InstalledSa,
  IpsecSa,
  IpsecSaId,
} from '../../core/dataplane/types.js';
import { addon, type NativeWatcher, type NativeXfrmSocket } from '../addon.js';
import { probeCapabilities } from './probe.js';
import { WordReader, WordWriter } from './words.js';
import { noEspError, xfrmError } from './xfrm-error.js';
import { interfaceAddresses, nameSa } from './xfrm-naming.js';
import { faultOf, noSuchSa, readOutcome } from './xfrm-outcome.js';
import {
  eventKind,
  type KernelSa,
  type KernelSaId,
  readPolicy,
  readPolicyKey,
  readProtocol,
  readSa,
  readSaId,
  requestKind,
  writeAllocateSpi,
  writePolicy,
  writePolicyKey,
  writeSa,
  writeSaId,
} from './xfrm-records.js';

export interface XfrmOptions {
  /** Throws ERR_IPSEC_NO_ESP on a kernel without ESP; otherwise `capabilities` tells. */
  readonly requireEsp?: boolean;
  /** What the kernel may queue of events, in bytes. Default 4 MiB, some thousand acquires. */
  readonly eventQueueBytes?: number;
  /**
   * This host's addresses, which tell the direction of SAs that this object did not install. Asked
   * when such an SA is listed; must not throw. Default: those of the interfaces that are up.
   */
  readonly localAddresses?: () => readonly string[];
}

export interface XfrmSnapshot extends DataPlaneSnapshot {
  /** Foreign entries that have no words here: IPv6, marks, algorithms we do not offer. */
  readonly unlisted: number;
}

/** Prefix lengths from which on the kernel hashes policies instead of searching a list. */
export interface PolicyHashThresholds {
  /** 0..32 */
  readonly localBits: number;
  /** 0..32 */
  readonly remoteBits: number;
}

const defaultEventQueueBytes = 4 * 1024 * 1024;

/**
 * Opens the kernel's IPsec in the network namespace of the calling thread. Throws IpsecError
 * ERR_IPSEC_PERMISSION, ERR_IPSEC_NO_XFRM, ERR_IPSEC_NO_ADDON or, if asked, ERR_IPSEC_NO_ESP.
 */
export function openXfrm(options: XfrmOptions = {}): XfrmDataPlane {
  const dataPlane = new XfrmDataPlane(
    options.eventQueueBytes ?? defaultEventQueueBytes,
    options.localAddresses ?? interfaceAddresses,
  );
  if (options.requireEsp && !dataPlane.capabilities.esp) {
    dataPlane.close();
    throw noEspError();
  }
  return dataPlane;
}

/**
 * Every call is synchronous: the kernel's answers are there when it returns. Events of SAs and
 * policies outside our reqid range are not told. A foreign change of one of our policies is told as
 * `overrun`: the tables are no longer what the events made believe.
 */
export class XfrmDataPlane implements DataPlane {
  readonly capabilities: DataPlaneCapabilities;
  readonly #socket: NativeXfrmSocket;
  readonly #monitor: NativeWatcher;
  readonly #requests = new WordWriter();
  readonly #localAddresses: () => readonly string[];
  /** SAs of ours by key: a flush by somebody else names none of its victims. */
  readonly #sas = new Map<string, Pick<IpsecSa, 'direction' | 'reqid'> & IpsecSaId>();
  /** SPIs reserved by allocateSpi: their SAs complete a larval one. */
  readonly #reserved = new Set<string>();
  readonly #policies = new Set<string>();
  #listeners: ((event: DataPlaneEvent) => void)[] = [];
  #hasLostEvents = false;
  #isClosed = false;

  /** Use `openXfrm`. */
  constructor(eventQueueBytes: number, localAddresses: () => readonly string[]) {
    this.#localAddresses = localAddresses;
    const { XfrmSocket, XfrmMonitor } = addon();
    this.#socket = rethrowing(() => new XfrmSocket());
    try {
      this.#monitor = rethrowing(
        () =>
          new XfrmMonitor(this.#socket.portId, eventQueueBytes, (events) => this.#receive(events)),
      );
    } catch (error) {
      this.#socket.close();
      throw error;
    }
    this.capabilities = probeCapabilities((operations) => this.apply(operations));
  }

  /** Refusals are results; throws ERR_IPSEC_DATAPLANE when the netlink socket itself fails. */
  apply(operations: readonly DataPlaneOperation[]): readonly DataPlaneResult[] {
    const results = this.#execute(operations);
    // A reserved SPI lapses after 30 s (net.core.xfrm_acq_expires), and then there is no larval SA
    // left to complete. The SPI is still the one the peer was told, so the SA is made anew.
    const lapsed = operations.flatMap((operation, index) => {
      const result = results[index];
      const isLapsed = operation.kind === 'installSa' && result?.kind === 'refused';
      return isLapsed && result.code === noSuchSa ? [index] : [];
    });
    if (lapsed.length > 0) {
      const again = this.#execute(lapsed.flatMap((index) => operations[index] ?? []));
      lapsed.forEach((index, position) => {
        const result = again[position];
        if (result) results[index] = result;
      });
    }
    return results;
  }

  snapshot(): XfrmSnapshot {
    const kernelSas = this.#listSas();
    const kernelPolicies = this.#listPolicies();
    const sas = this.#nameSas(kernelSas.entries);
    this.#remember(sas, kernelPolicies.entries);
    const unnamed = kernelSas.entries.length - sas.length;
    return {
      policies: kernelPolicies.entries,
      sas,
      unlisted: kernelSas.leftOut + kernelPolicies.leftOut + unnamed,
    };
  }

  /** One SA with its counters, without listing all; undefined when it is not there. */
  getSa(id: IpsecSaId): InstalledSa | undefined {
    this.#requests.clear();
    writeSaId(this.#requests, 'getSa', id);
    const answer = this.#send();
    if (answer.u32() !== 0 || answer.u32() === 0) return undefined;
    const sa = readSa(answer);
    answer.wipe();
    return this.#nameSas([sa])[0];
  }

  /**
   * Removes every SA and every policy with a template in our reqid range, installed by whichever
   * process, and nothing else. Bypass and discard policies bear no reqid: their owner removes them.
   */
  removeOurs(): { readonly sas: number; readonly policies: number } {
    const { sas, policies } = this.snapshot();
    const policyRemovals = policies
      .filter(({ templates }) => templates.some(({ reqid }) => isOurReqid(reqid)))
      .map((policy): DataPlaneOperation => ({ kind: 'removePolicy', policy }));
    const saRemovals = sas
      .filter(({ reqid }) => isOurReqid(reqid))
      .map((id): DataPlaneOperation => ({ kind: 'removeSa', id }));
    const count = (operations: readonly DataPlaneOperation[]) =>
      this.apply(operations).filter(({ kind }) => kind === 'ok').length;
    return { policies: count(policyRemovals), sas: count(saRemovals) };
  }

  /**
   * Up to Linux 6.11 the insertion of a policy with a prefix searches all others, unless its
   * prefixes reach these lengths. Holds for the whole network namespace.
   */
  setPolicyHashThresholds({ localBits, remoteBits }: PolicyHashThresholds): DataPlaneResult {
    this.#requests.clear();
    this.#requests.u32(requestKind.setHashThresholds).u32(localBits).u32(remoteBits);
    return readOutcome(this.#send(), undefined);
  }

  /**
   * Also tells foreign changes of these policies. For those without a template that an earlier run
   * installed: nothing in them says whose they are. What is installed or listed as ours is watched
   * anyway, and removing a policy ends the watch.
   */
  watchPolicies(policies: readonly Pick<DataPlanePolicy, 'direction' | 'selector'>[]): void {
    for (const policy of policies) this.#policies.add(policyKey(policy));
  }

  onEvent(listener: (event: DataPlaneEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** Lets the process end although events are still watched. */
  unref(): void {
    this.#monitor.keepAlive(false);
  }

  /** No event comes after this. What is installed stays. */
  close(): void {
    this.#isClosed = true;
    this.#listeners = [];
    this.#monitor.close();
    this.#socket.close();
  }

  #execute(operations: readonly DataPlaneOperation[]): DataPlaneResult[] {
    const faults = operations.map(faultOf);
    this.#requests.clear();
    operations.forEach((operation, index) => {
      if (faults[index] === undefined) this.#write(operation);
    });
    if (this.#requests.length === 0) return faults.flatMap((fault) => fault ?? []);
    const answer = this.#send();
    return operations.map((operation, index) => {
      const result = faults[index] ?? readOutcome(answer, operation);
      this.#noteOutcome(operation, result);
      return result;
    });
  }

  #write(operation: DataPlaneOperation): void {
    const out = this.#requests;
    switch (operation.kind) {
      case 'allocateSpi':
        writeAllocateSpi(out, operation);
        break;
      case 'installSa':
        writeSa(out, operation.sa, this.#reserved.has(saKey(operation.sa)));
        break;
      case 'removeSa':
        writeSaId(out, 'deleteSa', operation.id);
        break;
      case 'installPolicy':
        writePolicy(out, 'addPolicy', operation.policy);
        break;
      case 'updatePolicy':
        writePolicy(out, 'updatePolicy', operation.policy);
        break;
      case 'removePolicy':
        writePolicyKey(out, operation.policy);
        break;
    }
  }

  #send(): WordReader {
    try {
      const { words, length } = this.#requests;
      return new WordReader(rethrowing(() => this.#socket.execute(words, length)));
    } finally {
      this.#requests.clear();
    }
  }

  #noteOutcome(operation: DataPlaneOperation, result: DataPlaneResult): void {
    const isDone = result.kind === 'ok';
    switch (operation.kind) {
      case 'allocateSpi':
        if (isDone) {
          const id = { ...operation, spi: result.spi ?? 0 };
          this.#reserved.add(saKey(id));
          this.#sas.set(saKey(id), trackedSa({ ...id, direction: 'in' }));
        }
        break;
      case 'installSa':
        this.#reserved.delete(saKey(operation.sa));
        if (isDone) this.#sas.set(saKey(operation.sa), trackedSa(operation.sa));
        break;
      case 'removeSa':
        this.#forgetSa(operation.id);
        break;
      case 'installPolicy':
      case 'updatePolicy':
        if (isDone) this.#policies.add(policyKey(operation.policy));
        break;
      case 'removePolicy':
        this.#policies.delete(policyKey(operation.policy));
        break;
    }
  }

  #forgetSa(id: IpsecSaId): boolean {
    this.#reserved.delete(saKey(id));
    return this.#sas.delete(saKey(id));
  }

  #listSas(): { readonly entries: KernelSa[]; readonly leftOut: number } {
    const record = new WordReader(rethrowing(() => this.#socket.dumpSas()));
    const leftOut = record.u32();
    const entries: KernelSa[] = [];
    while (!record.atEnd) entries.push(readSa(record));
    record.wipe();
    return { entries, leftOut };
  }

  #listPolicies(): { readonly entries: DataPlanePolicy[]; readonly leftOut: number } {
    const record = new WordReader(rethrowing(() => this.#socket.dumpPolicies()));
    const leftOut = record.u32();
    const entries: DataPlanePolicy[] = [];
    while (!record.atEnd) entries.push(readPolicy(record));
    return { entries, leftOut };
  }

  /** What is ours in the tables just listed is what later events are about. */
  #remember(sas: readonly InstalledSa[], policies: readonly DataPlanePolicy[]): void {
    // What is known and not listed has an event under way, unless events were lost.
    if (this.#hasLostEvents) this.#sas.clear();
    this.#hasLostEvents = false;
    for (const sa of sas) if (isOurReqid(sa.reqid)) this.#sas.set(saKey(sa), trackedSa(sa));
    for (const policy of policies) {
      if (policy.templates.some(({ reqid }) => isOurReqid(reqid))) {
        this.#policies.add(policyKey(policy));
      }
    }
  }

  #nameSas(sas: readonly KernelSa[]): InstalledSa[] {
    let local: ReadonlySet<string> | undefined;
    const guessed = ({ destination }: KernelSa) => {
      local ??= new Set(this.#localAddresses());
      return local.has(destination) ? 'in' : 'out';
    };
    const now = Math.floor(Date.now() / 1000);
    return sas.flatMap((sa) => {
      const direction = this.#sas.get(saKey(sa))?.direction ?? guessed(sa);
      return nameSa(sa, direction, now) ?? [];
    });
  }

  #receive(events: Uint32Array): void {
    const record = new WordReader(events);
    // A listener may close the data plane in the middle of a batch.
    while (!record.atEnd && !this.#isClosed) this.#receiveOne(record);
  }

  #receiveOne(record: WordReader): void {
    switch (record.u32()) {
      case eventKind.acquire: {
        const protocol = readProtocol(record);
        const [source, destination] = [record.address(), record.address()];
        const reqid = record.u32();
        if (isOurReqid(reqid))
          this.#emit({ kind: 'acquire', reqid, protocol, source, destination });
        break;
      }
      case eventKind.expire: {
        const { reqid, ...id } = readSaId(record);
        const hard = record.u32() !== 0;
        if (!isOurReqid(reqid)) break;
        if (hard) this.#forgetSa(id);
        this.#emit({ kind: 'expire', id, reqid, hard });
        break;
      }
      case eventKind.saDeleted:
        this.#removed(readSaId(record));
        break;
      case eventKind.sasFlushed:
        record.u32();
        this.#findRemoved();
        break;
      case eventKind.policyChanged:
        if (this.#policies.has(policyKey(readPolicyKey(record)))) this.#emit({ kind: 'overrun' });
        break;
      case eventKind.policiesFlushed:
        if (this.#policies.size > 0) {
          this.#policies.clear();
          this.#emit({ kind: 'overrun' });
        }
        break;
      case eventKind.overrun:
        this.#hasLostEvents = true;
        this.#emit({ kind: 'overrun' });
        break;
    }
  }

  #removed({ reqid, ...id }: KernelSaId): void {
    // Not every SA in our range is ours: the probe of another process comes and goes.
    if (this.#forgetSa(id)) this.#emit({ kind: 'removed', id, reqid });
  }

  /** The kernel does not say what a flush removed: what was there and is no longer, was. */
  #findRemoved(): void {
    const left = new Set(this.#listSas().entries.map(saKey));
    for (const { direction, ...id } of [...this.#sas.values()]) {
      if (this.#isClosed) return;
      if (!left.has(saKey(id))) this.#removed(id);
    }
  }

  #emit(event: DataPlaneEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function rethrowing<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw xfrmError(error);
  }
}

/** The kernel's own key; the source is no part of it. */
function saKey({ protocol, spi, destination }: Omit<IpsecSaId, 'source'>): string {
  return `${protocol} ${spi} ${destination}`;
}

/** Shorter to make than `formatSelector`: ten thousand of them are made in one batch. */
function policyKey({
  direction,
  selector,
}: Pick<DataPlanePolicy, 'direction' | 'selector'>): string {
  const { source, destination, protocol, sourcePorts, destinationPorts } = selector;
  let key = `${direction} ${source.address}/${source.length} ${destination.address}/${destination.length} ${protocol}`;
  if (sourcePorts !== 'any') key += ` from ${sourcePorts.first}-${sourcePorts.last}`;
  if (destinationPorts !== 'any') key += ` to ${destinationPorts.first}-${destinationPorts.last}`;
  return key;
}

function trackedSa(sa: Pick<IpsecSa, 'direction' | 'reqid'> & IpsecSaId) {
  const { protocol, spi, source, destination, direction, reqid } = sa;
  return { protocol, spi, source, destination, direction, reqid };
}
