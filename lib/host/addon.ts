/** Finds and loads the compiled addon, and says in types what native/addon.cc exports. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { IpsecError } from './errors.js';

/** Requests and listings of XFRM; every call is synchronous. Records: native/xfrm_codec.h. */
export interface NativeXfrmSocket {
  /** The kernel's number for this socket, which notifications of its own doings bear. */
  readonly portId: number;
  /** Sends the request records in the first `length` words; returns one outcome record for each. */
  execute(words: Uint32Array, length: number): Uint32Array;
  /** First word: entries left out because records cannot express them. Then SA records. */
  dumpSas(): Uint32Array;
  /** First word: entries left out because records cannot express them. Then policy records. */
  dumpPolicies(): Uint32Array;
  close(): void;
}

/** What watches on the event loop; keeps the process alive unless told otherwise. */
export interface NativeWatcher {
  keepAlive(keep: boolean): void;
  close(): void;
}

export interface NativeUdpSocket extends NativeWatcher {
  readonly port: number;
  /** False when not asked for, or not allowed to this process. */
  readonly bypassesPolicies: boolean;
  /** Returns 0, or the errno of a datagram that did not leave. Addresses are numbers. */
  send(address: number, port: number, bytes: Uint8Array): number;
}

/** Thrown by the addon for a failed system call. */
export interface NativeSystemError extends Error {
  readonly errno: number;
  readonly syscall: string;
}

export interface NativeKeyPair {
  readonly privateKey: Uint8Array;
  readonly publicValue: Uint8Array;
}

/**
 * Hashes, HMAC and CBC ciphers whose operands and results lie at the beginning of `memory`. An algorithm is
 * known by its place in the lists given when the box was made. Throws when something does not fit.
 */
export interface NativeCryptoBox {
  readonly memory: Uint8Array;
  /** Data; then the digest. */
  hash(digest: number, dataBytes: number): void;
  /** Key, data; then the tag. */
  hmac(digest: number, keyBytes: number, dataBytes: number): void;
  /** Key, vector, data, which the result replaces; the data is a whole number of blocks. */
  encrypt(cipher: number, dataBytes: number): void;
  decrypt(cipher: number, dataBytes: number): void;
}

/** What one SA of the userspace data plane is made of; native/userspace/sa.h says more. */
export interface NativeSaSettings {
  readonly protocol: 'esp' | 'ah';
  readonly direction: 'in' | 'out';
  readonly mode: 'transport' | 'tunnel';
  /** The DF bit of the packet that leaves. */
  readonly dontFragment: 'clear' | 'inherit' | 'set';
  readonly spi: number;
  /** Addresses are numbers. */
  readonly source: number;
  readonly destination: number;
  /** Names as in native/userspace/algorithms.cc; left out for AH. */
  readonly encryption?: string;
  /** `none` with an algorithm that does both. */
  readonly integrity: string;
  /** The key, and behind it the salt where the algorithm has one. */
  readonly encryptionKey: Uint8Array;
  readonly integrityKey: Uint8Array;
  /** In packets, up to 65536; 0 = no replay check. */
  readonly replayWindow: number;
  /** Limits, 0 = none. */
  readonly lifetime: {
    readonly softSeconds: number;
    readonly hardSeconds: number;
    readonly softBytes: number;
    readonly hardBytes: number;
  };
  /** Seconds, of the clock that every packet brings along. */
  readonly addTime: number;
  /** The number used last, 0 for a new SA. */
  readonly sequenceNumber: number;
  /** ESP in UDP (RFC 3948), with these ports. */
  readonly udp?: { readonly source: number; readonly destination: number };
}

/** Why a packet was refused; native/userspace/outcome.h says more. */
export type NativeRefusal =
  | 'tooShort'
  | 'malformed'
  | 'fragment'
  | 'wrongSa'
  | 'expired'
  | 'replayed'
  | 'badIcv'
  | 'badPadding'
  | 'dummy'
  | 'sequenceExhausted'
  | 'noRoom'
  | 'tooLong'
  | 'failed';

export interface NativeSaCounters {
  readonly packets: number;
  /** The whole packet in tunnel mode, what follows its IP header in transport mode (E-32). */
  readonly bytes: number;
  /** Seconds, 0 = never. */
  readonly firstUse: number;
  readonly lastUse: number;
  readonly replayErrors: number;
  readonly integrityErrors: number;
}

/** One SA of the userspace data plane. Packets are whole IPv4 packets, and are not changed but copied. */
export interface NativeUserspaceSa {
  /** `identification` and `timeToLive` are the outer header's; without `iv` it is random. */
  encapsulate(
    packet: Uint8Array,
    now: number,
    identification: number,
    timeToLive: number,
    iv?: Uint8Array,
  ): Uint8Array | NativeRefusal;
  decapsulate(packet: Uint8Array, now: number): Uint8Array | NativeRefusal;
  /** False when the SA is past a hard limit. */
  judge(now: number): boolean;
  /** Which limit was reached since the last call, once each. */
  takeExpiry(): 'soft' | 'hard' | undefined;
  counters(): NativeSaCounters;
}

export interface Addon {
  /** `digestNames` and `cipherNames` are OpenSSL's. */
  readonly CryptoBox: new (
    digestNames: readonly string[],
    cipherNames: readonly string[],
    memoryBytes: number,
  ) => NativeCryptoBox;
  /** Throws TypeError for settings that do not go together. */
  readonly UserspaceSa: new (
    settings: NativeSaSettings,
  ) => NativeUserspaceSa;
  readonly XfrmSocket: new () => NativeXfrmSocket;
  readonly XfrmMonitor: new (
    ownPortId: number,
    receiveBytes: number,
    onEvents: (events: Uint32Array) => void,
  ) => NativeWatcher;
  readonly UdpSocket: new (
    address: number,
    port: number,
    bypassPolicy: boolean,
    encapsulateEsp: boolean,
    onDatagram: (bytes: Uint8Array, address: number, port: number) => void,
    onError: (errno: number) => void,
  ) => NativeUdpSocket;
  /** Groups are named by the bits of their prime. */
  dhGenerate(primeBits: number, exponentBits: number): NativeKeyPair;
  dhGenerateAsync(primeBits: number, exponentBits: number): Promise<NativeKeyPair>;
  /** Undefined when the group does not allow the peer's value. */
  dhDerive(
    primeBits: number,
    privateKey: Uint8Array,
    peerPublic: Uint8Array,
  ): Uint8Array | undefined;
  dhDeriveAsync(
    primeBits: number,
    privateKey: Uint8Array,
    peerPublic: Uint8Array,
  ): Promise<Uint8Array | undefined>;
  /**
   * Name and packets of each counter of an nftables table (family ip), one behind the other; nothing when
   * there is no such table. Throws a NativeSystemError where there is no nftables.
   */
  nftCounters(table: string): readonly (string | number)[];
  /**
   * From now on a crash leaves no core dump, and other processes of the same user cannot read this
   * one's memory. Lasts until the process executes another program.
   */
  disableCoreDumps(): void;
}

let loaded: Addon | undefined;

/** The addon, loaded on first use. Throws IpsecError ERR_IPSEC_NO_ADDON when there is none. */
export function addon(): Addon {
  loaded ??= load();
  return loaded;
}

export function isSystemError(error: unknown): error is NativeSystemError {
  // Not by class: the addon's errors may be of another realm than this module.
  return typeof error === 'object' && error !== null && 'errno' in error && 'syscall' in error;
}

function load(): Addon {
  const file = join(packageRoot(), 'prebuilds', platformName(), 'ipsecctl.node');
  if (!existsSync(file)) {
    throw new IpsecError(
      'ERR_IPSEC_NO_ADDON',
      `there is no compiled addon for ${platformName()} (${file}): build it with "npm run build"`,
    );
  }
  try {
    return createRequire(import.meta.url)(file) as Addon;
  } catch (error) {
    throw new IpsecError(
      'ERR_IPSEC_NO_ADDON',
      `the compiled addon ${file} does not load in Node ${process.versions.node}: ` +
        'build it anew with "npm run build"',
      error,
    );
  }
}

/** The folder of package.json: this file runs from lib/ as well as from dist/lib/. */
function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) {
    folder = dirname(folder);
  }
  return folder;
}

/** Same rule as scripts/build-native.mjs: `linux-x64`, or `linuxmusl-x64` with the musl C library. */
function platformName(): string {
  const report = process.report.getReport() as unknown as {
    header: { glibcVersionRuntime?: string };
  };
  const musl = report.header.glibcVersionRuntime === undefined ? 'musl' : '';
  return `${process.platform}${musl}-${process.arch}`;
}
