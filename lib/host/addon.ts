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

export interface Addon {
  /** `digestNames` and `cipherNames` are OpenSSL's. */
  readonly CryptoBox: new (
    digestNames: readonly string[],
    cipherNames: readonly string[],
    memoryBytes: number,
  ) => NativeCryptoBox;
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
