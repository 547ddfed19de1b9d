/** What the engine needs of the tables: plain data, made from a `Config` by `ike-config-of.ts`. */
import type { Address, Prefix } from '../base/address.js';
import type { Secret } from '../base/secret.js';
import type { TrafficSelector } from '../base/selector.js';
import type {
  DhGroupName,
  EncryptionName,
  HashName,
  IkeEncryptionName,
  IntegrityName,
} from '../crypto/algorithms.js';
import type { IpsecMode, IpsecProtocol } from '../dataplane/types.js';

export type ExchangeMode = 'main' | 'aggressive' | 'base';
export type ProposalCheck = 'claim' | 'exact' | 'obey' | 'strict';

/** An enabled row of `/ip ipsec peer`. */
export interface PeerConfig {
  readonly id: number;
  /** Names the row in messages: `/ip ipsec peer 0 (address=1.0.0.2:500)`. */
  readonly label: string;
  readonly address: Prefix;
  readonly port: number;
  readonly exchangeMode: ExchangeMode;
  readonly sendInitialContact: boolean;
  readonly proposalCheck: ProposalCheck;
  readonly hash: HashName;
  readonly encryption: IkeEncryptionName;
  readonly group: DhGroupName;
}

/** An enabled row of `/ip ipsec pre-shared-secret`. */
export interface SecretConfig {
  readonly id: number;
  readonly label: string;
  readonly address?: Address;
  readonly identString?: string;
  readonly preSharedKey: Secret;
}

/** An enabled, valid row of `/ip ipsec policy` with action=encrypt and automatic keys. */
export interface PolicyConfig {
  readonly id: number;
  readonly label: string;
  readonly reqid: number;
  /** As the row says it, before transport mode narrows it: these are the identities. */
  readonly selector: TrafficSelector;
  readonly local: Address;
  readonly remote: Address;
  readonly mode: IpsecMode;
  /** The outer header of a tunnel has no DF. */
  readonly clearsDf: boolean;
  /** Innermost first: `ah,esp` is ['esp', 'ah']. */
  readonly protocols: readonly IpsecProtocol[];
  /** `use` never asks IKE. */
  readonly level: 'use' | 'acquire' | 'require';
  readonly proposal: ProposalConfig;
}

/** The row of `/ip ipsec proposal` a policy refers to. */
export interface ProposalConfig {
  readonly label: string;
  /** Empty when the row is unusable for the protocol: negotiation then says so. */
  readonly encryptions: readonly EncryptionName[];
  readonly integrities: readonly IntegrityName[];
  /** 0 = no limit. */
  readonly lifetimeSeconds: number;
  /** 0 = no limit. */
  readonly lifetimeBytes: number;
  /** Undefined = no perfect forward secrecy. */
  readonly pfsGroup?: DhGroupName;
}

export interface IkeConfig {
  readonly peers: readonly PeerConfig[];
  readonly secrets: readonly SecretConfig[];
  readonly policies: readonly PolicyConfig[];
}

/** In a tunnel of ESP and AH only the inner one is in tunnel mode. */
export function modeFor(policy: PolicyConfig, protocol: IpsecProtocol): IpsecMode {
  return protocol === policy.protocols[0] ? policy.mode : 'transport';
}
