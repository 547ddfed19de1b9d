/** The configuration texts of a strongSwan peer with one connection and one child. */
import type { PeerOptions } from './peer-options.js';

export interface StrongswanOptions extends PeerOptions {
  /** Default 1. */
  readonly version?: 1 | 2;
  /** Phase 2 limit in bytes as charon offers it; default none. */
  readonly lifeBytes?: number;
  /** When charon renews phase 2 by itself; default 90 % of its life; 0 = never. */
  readonly rekeySeconds?: number;
  /** `trap` negotiates on traffic, `start` at once, `none` when asked; default `none`. */
  readonly startAction?: 'none' | 'trap' | 'start';
  /** 0 = off, the default. */
  readonly dpdSeconds?: number;
  /** Further lines for the daemon's section of strongswan.conf; read when it starts. */
  readonly daemonConfig?: string;
}

// The least that IKEv1 and IKEv2 with pre-shared keys need: openssl has DES, 3DES, MD5 and the groups.
const plugins =
  'random nonce openssl aes sha1 sha2 md5 hmac kdf xcbc gcm kernel-netlink socket-default vici updown counters';

/** Text of strongswan.conf for one instance. */
export function strongswanDaemonConfig(options: {
  readonly viciSocket: string;
  readonly logFile: string;
  readonly extra: string;
}): string {
  return `charon-systemd {
  load = ${plugins}
  i_dont_care_about_security_and_use_aggressive_mode_psk = yes
  install_virtual_ip = no
  retransmit_timeout = 1.5
  # Tests leave half-open negotiations behind on purpose; charon would stop answering.
  cookie_threshold = 0
  block_threshold = 0
  filelog {
    lab {
      path = ${options.logFile}
      append = no
      default = 1
      ike = 2
      cfg = 2
      time_format = %T
      time_add_ms = yes
      flush_line = yes
    }
  }
  plugins {
    vici {
      socket = unix://${options.viciSocket}
    }
    openssl {
      load_legacy = yes
    }
  }
  ${options.extra}
}
swanctl {
  load = openssl random
}
`;
}

/** Text of swanctl.conf: connection `peer`, child `child`, one secret. */
export function strongswanPeerConfig(options: StrongswanOptions): string {
  const {
    version = 1,
    mode = 'transport',
    ikeLifeSeconds = 86_400,
    lifeSeconds = 1800,
    rekeySeconds = Math.floor(lifeSeconds * 0.9),
    startAction = 'none',
    dpdSeconds = 0,
  } = options;
  const line = (name: string, value: string | number | undefined) =>
    value === undefined ? '' : `${name} = ${value}\n`;
  return `connections {
peer {
${line('version', version)}${line('aggressive', options.aggressive === true ? 'yes' : 'no')}\
${line('local_addrs', options.local)}${line('remote_addrs', options.remote)}\
${line('proposals', options.ike)}${line('rekey_time', `${ikeLifeSeconds}s`)}over_time = 0s
rand_time = 0s
${line('dpd_delay', `${dpdSeconds}s`)}encap = no
local {
auth = psk
}
remote {
auth = psk
}
children {
child {
${line('mode', mode)}${line('local_ts', options.localTs)}${line('remote_ts', options.remoteTs)}\
${line('esp_proposals', options.esp)}${line('ah_proposals', options.ah)}\
${line('life_time', `${lifeSeconds}s`)}${line('life_bytes', options.lifeBytes)}${line('rekey_time', `${rekeySeconds}s`)}rand_time = 0s
${line('start_action', startAction)}}
}
}
}
secrets {
ike {
secret = "${options.psk}"
}
}
`;
}
