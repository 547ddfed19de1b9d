/** What every foreign IKE daemon of the lab is told, in the words of strongSwan's proposals. */
export interface PeerOptions {
  readonly local: string;
  /** An address, or `%any`. */
  readonly remote: string;
  /** Phase 1 proposal, such as `3des-md5-modp1024`. */
  readonly ike: string;
  /** Phase 2 proposal, such as `3des-sha1-modp1024` (a group = PFS); this or `ah`. */
  readonly esp?: string;
  readonly ah?: string;
  readonly psk: string;
  /** Default `transport`. */
  readonly mode?: 'transport' | 'tunnel';
  /** Traffic selectors; in transport mode left out they are the addresses. */
  readonly localTs?: string;
  readonly remoteTs?: string;
  /** Default false: main mode. */
  readonly aggressive?: boolean;
  /** Phase 1 lifetime as the daemon offers it, in seconds; default 86400. */
  readonly ikeLifeSeconds?: number;
  /** Phase 2 lifetime as the daemon offers it, in seconds; default 1800. */
  readonly lifeSeconds?: number;
}
