/** Data plane operations to request records of the addon, and its answers back (native/xfrm_codec.h). */

import type { Prefix } from '../../core/base/address.js';
import { Secret } from '../../core/base/secret.js';
import type { Ports, TrafficSelector } from '../../core/base/selector.js';
import { encryptionAlgorithm, integrityAlgorithm } from '../../core/crypto/algorithms.js';
import type {
  DataPlanePolicy,
  IpsecMode,
  IpsecProtocol,
  IpsecSa,
  IpsecSaId,
  PolicyTemplate,
  SaCounters,
  SaLifetime,
} from '../../core/dataplane/types.js';
import type { WordReader, WordWriter } from './words.js';

/** First word of a request record. */
export const requestKind = {
  allocateSpi: 1,
  addSa: 2,
  updateSa: 3,
  deleteSa: 4,
  getSa: 5,
  addPolicy: 6,
  updatePolicy: 7,
  deletePolicy: 8,
  setHashThresholds: 9,
} as const;

/** First word of an event record. */
export const eventKind = {
  acquire: 1,
  expire: 2,
  saDeleted: 3,
  sasFlushed: 4,
  policyChanged: 5,
  policiesFlushed: 6,
  overrun: 7,
} as const;

// The kernel's numbers, which native/xfrm_codec.h asserts.
const protocolNumber = { esp: 50, ah: 51 } as const;
const modeNumber = { transport: 0, tunnel: 1 } as const;
const directionNumber = { in: 0, out: 1, fwd: 2 } as const;
const directions = ['in', 'out', 'fwd'] as const;
const allow = 0;
const block = 1;

/**
 * SPIs we reserve start above the small numbers that people choose by hand (spec A.3) and above
 * those RFC 4303 2.1 reserves.
 */
const reservableSpis = { first: 0x1000, last: 0xffffffff } as const;

export interface SpiRequest {
  readonly protocol: IpsecProtocol;
  readonly mode: IpsecMode;
  readonly source: string;
  readonly destination: string;
  readonly reqid: number;
}

export function writeAllocateSpi(out: WordWriter, request: SpiRequest): void {
  out.u32(requestKind.allocateSpi);
  out.u32(protocolNumber[request.protocol]).u32(modeNumber[request.mode]);
  out.address(request.source).address(request.destination).u32(request.reqid);
  out.u32(reservableSpis.first).u32(reservableSpis.last);
}

/** `isReserved`: the SPI was reserved by allocateSpi, so the kernel has a larval SA to complete. */
export function writeSa(out: WordWriter, sa: IpsecSa, isReserved: boolean): void {
  out.u32(isReserved ? requestKind.updateSa : requestKind.addSa);
  out.u32(sa.spi).u32(protocolNumber[sa.protocol]).u32(modeNumber[sa.mode]);
  out.address(sa.source).address(sa.destination).u32(sa.reqid).u32(sa.replayWindow);
  out.u32(sa.clearsDf ? 1 : 0);
  const { softSeconds, hardSeconds, softBytes, hardBytes } = sa.lifetime;
  out.u64(softSeconds).u64(hardSeconds).u64(softBytes).u64(hardBytes);
  const integrity = integrityAlgorithm(sa.integrity);
  out.bytes(nameBytes(integrity.kernelName)).u32(integrity.icvBytes * 8);
  out.bytes(sa.integrityKey.reveal());
  if (sa.encryption === undefined) {
    out.u32(0).u32(0);
  } else {
    out.bytes(nameBytes(encryptionAlgorithm(sa.encryption).kernelName));
    out.bytes(sa.encryptionKey.reveal());
  }
}

export function writeSaId(out: WordWriter, kind: 'deleteSa' | 'getSa', id: IpsecSaId): void {
  out.u32(requestKind[kind]).u32(id.spi).u32(protocolNumber[id.protocol]);
  out.address(id.source).address(id.destination);
}

export function writePolicy(
  out: WordWriter,
  kind: 'addPolicy' | 'updatePolicy',
  policy: DataPlanePolicy,
): void {
  out.u32(requestKind[kind]).u32(directionNumber[policy.direction]);
  writeSelector(out, policy.selector);
  out.u32(policy.priority).u32(policy.action === 'discard' ? block : allow);
  out.u32(policy.templates.length);
  for (const template of policy.templates) {
    out.u32(protocolNumber[template.protocol]).u32(modeNumber[template.mode]);
    out.address(template.source).address(template.destination);
    out.u32(template.reqid).u32(template.optional ? 1 : 0);
  }
}

export function writePolicyKey(
  out: WordWriter,
  key: Pick<DataPlanePolicy, 'direction' | 'selector'>,
): void {
  out.u32(requestKind.deletePolicy).u32(directionNumber[key.direction]);
  writeSelector(out, key.selector);
}

function writeSelector(out: WordWriter, selector: TrafficSelector): void {
  writePrefix(out, selector.source);
  writePrefix(out, selector.destination);
  out.u32(selector.protocol);
  writePorts(out, selector.sourcePorts);
  writePorts(out, selector.destinationPorts);
}

function writePrefix(out: WordWriter, prefix: Prefix): void {
  out.address(prefix.address).u32(prefix.length);
}

function writePorts(out: WordWriter, ports: Ports): void {
  if (ports === 'any') out.u32(0).u32(0);
  else out.u32(ports.first).u32(0xffff & ~(ports.last - ports.first));
}

/** Whether one kernel policy can hold the ports: an aligned block of 2^n of them (spec E-04). */
export function isPortBlock(ports: Ports): boolean {
  if (ports === 'any') return true;
  const span = ports.last - ports.first;
  return (span & (span + 1)) === 0 && (ports.first & span) === 0;
}

const nameCache = new Map<string, Uint8Array>();

function nameBytes(name: string): Uint8Array {
  let bytes = nameCache.get(name);
  if (bytes === undefined) {
    bytes = new TextEncoder().encode(name);
    nameCache.set(name, bytes);
  }
  return bytes;
}

export interface KernelSaId extends IpsecSaId {
  readonly reqid: number;
}

/** An SA as the kernel lists it, its algorithms still by the kernel's names. */
export interface KernelSa extends KernelSaId {
  readonly mode: IpsecMode;
  readonly replayWindow: number;
  readonly clearsDf: boolean;
  readonly lifetime: SaLifetime;
  readonly counters: SaCounters;
  /** Empty names: none. All three empty: a larval SA. */
  readonly integrityName: string;
  readonly integrityKey: Secret;
  readonly encryptionName: string;
  readonly encryptionKey: Secret;
  readonly combinedName: string;
}

export function readSa(record: WordReader): KernelSa {
  const spi = record.u32();
  const protocol = readProtocol(record);
  const mode = readMode(record);
  const source = record.address();
  const destination = record.address();
  const reqid = record.u32();
  const replayWindow = record.u32();
  const clearsDf = record.u32() !== 0;
  const lifetime = {
    softSeconds: record.u64(),
    hardSeconds: record.u64(),
    softBytes: record.u64(),
    hardBytes: record.u64(),
  };
  const counters = {
    bytes: record.u64(),
    packets: record.u64(),
    addTime: record.u64(),
    useTime: record.u64(),
    replayErrors: record.u32(),
    integrityErrors: record.u32(),
  };
  const integrityName = record.text();
  const integrityKey = new Secret(record.bytes());
  const encryptionName = record.text();
  const encryptionKey = new Secret(record.bytes());
  const combinedName = record.text();
  // No SA of ours has a combined mode, so nobody needs its key.
  record.skipBytes();
  return {
    protocol,
    spi,
    source,
    destination,
    reqid,
    mode,
    replayWindow,
    clearsDf,
    lifetime,
    counters,
    integrityName,
    integrityKey,
    encryptionName,
    encryptionKey,
    combinedName,
  };
}

/** SPI, protocol, source, destination, reqid: how events name an SA. */
export function readSaId(record: WordReader): KernelSaId {
  const spi = record.u32();
  const protocol = readProtocol(record);
  return {
    protocol,
    spi,
    source: record.address(),
    destination: record.address(),
    reqid: record.u32(),
  };
}

export function readPolicyKey(record: WordReader): Pick<DataPlanePolicy, 'direction' | 'selector'> {
  return { direction: directions[record.u32()] ?? 'in', selector: readSelector(record) };
}

export function readPolicy(record: WordReader): DataPlanePolicy {
  const { direction, selector } = readPolicyKey(record);
  const priority = record.u32();
  const isBlock = record.u32() === block;
  const templates: PolicyTemplate[] = [];
  for (let count = record.u32(); count > 0; count -= 1) {
    templates.push({
      protocol: readProtocol(record),
      mode: readMode(record),
      source: record.address(),
      destination: record.address(),
      reqid: record.u32(),
      optional: record.u32() !== 0,
    });
  }
  const passes = templates.length === 0 ? 'bypass' : 'protect';
  return { direction, selector, priority, action: isBlock ? 'discard' : passes, templates };
}

function readSelector(record: WordReader): TrafficSelector {
  return {
    source: readPrefix(record),
    destination: readPrefix(record),
    protocol: record.u32(),
    sourcePorts: readPorts(record),
    destinationPorts: readPorts(record),
  };
}

function readPrefix(record: WordReader): Prefix {
  return { address: record.address(), length: record.u32() };
}

/** A foreign mask need not be a block; then the block around it is told, which contains it. */
function readPorts(record: WordReader): Ports {
  const value = record.u32();
  const mask = record.u32();
  if (mask === 0) return 'any';
  const span = 2 ** (32 - Math.clz32(~mask & 0xffff)) - 1;
  const first = value & mask & ~span;
  return { first, last: first + span };
}

export function readProtocol(record: WordReader): IpsecProtocol {
  return record.u32() === protocolNumber.ah ? 'ah' : 'esp';
}

function readMode(record: WordReader): IpsecMode {
  return record.u32() === modeNumber.tunnel ? 'tunnel' : 'transport';
}
