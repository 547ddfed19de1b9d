/** The responders of `npm run bench handshake`: our daemon, and charon as Debian ships it and at its best. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BackgroundProcess, must, type Router, run } from '../../lab/guest.js';
import { repositoryRoot } from '../../lab/repository.js';
import {
  ciphers,
  initiatorAddress,
  initiatorNetwork,
  lifetimeSeconds,
  pfsGroupOf,
  responderAddress,
  type Suite,
  secret,
} from './job.js';

export const responderNames = ['ours', 'charon, best', 'charon, Debian'] as const;
export type ResponderName = (typeof responderNames)[number];

export interface Responder {
  readonly pid: number;
  stop(): Promise<void>;
}

export interface ResponderOptions {
  readonly router: Router;
  readonly suite: Suite;
  /** Initiators that may come. */
  readonly count: number;
  /** `xfrm-noop.so`, preloaded. */
  readonly preload: string;
}

/** Starts a responder and waits until it can be spoken to. */
export function startResponder(name: ResponderName, options: ResponderOptions): Promise<Responder> {
  return name === 'ours' ? startOurs(options) : startCharon(name, options);
}

async function startOurs({ router, suite, count, preload }: ResponderOptions): Promise<Responder> {
  rmSync(join(router.directory, 'state'), { recursive: true, force: true });
  const daemon = await router.startDaemon({
    dataplane: 'xfrm',
    // As charon's log: errors alone.
    logLevel: 'error',
    env: { LD_PRELOAD: preload },
  });
  const program = join(repositoryRoot, 'dist', 'cli', 'ipsecctl.js');
  await must([process.execPath, program, '--socket', router.socket], {
    input: ourRows(suite, count),
    // Twenty thousand policies and as many secrets.
    timeoutSeconds: 300,
  });
  return {
    pid: daemon.pid ?? 0,
    stop: async () => {
      await daemon.kill();
    },
  };
}

function ourRows(suite: Suite, count: number): string {
  const initiators = Array.from({ length: count }, (_, number) => initiatorAddress(number));
  return [
    '/ip ipsec proposal',
    `set default enc-algorithms=${ciphers.encryption} auth-algorithms=${ciphers.integrity} lifetime=${lifetimeSeconds} pfs-group=${pfsGroupOf(suite) ?? 'none'}`,
    '/ip ipsec peer',
    `add address=${initiatorNetwork} enc-algorithm=${ciphers.encryption} hash-algorithm=${ciphers.hash} dh-group=${suite.group} send-initial-contact=no`,
    '/ip ipsec pre-shared-secret',
    ...initiators.map((address) => `add address=${address} secret="${secret}"`),
    '/ip ipsec policy',
    ...initiators.map(
      (address) =>
        `add sa-src-address=${responderAddress} sa-dst-address=${address} action=encrypt`,
    ),
    '',
  ].join('\n');
}

const templates = '/usr/share/strongswan/templates/config/plugins';

/**
 * As Debian ships it: every plugin with its own configuration. At its best: GMP for Diffie-Hellman with short
 * exponents, and tables for many SAs. Neither limits how many strangers may knock, nor writes a log.
 */
const charonSettings: Record<Exclude<ResponderName, 'ours'>, string> = {
  'charon, Debian': `load_modular = yes`,
  'charon, best': `load = random nonce gmp openssl aes sha1 sha2 md5 hmac kdf kernel-netlink socket-default vici
  ikesa_table_size = 16384
  ikesa_table_segments = 16`,
};

async function startCharon(
  name: Exclude<ResponderName, 'ours'>,
  { router, suite, preload }: ResponderOptions,
): Promise<Responder> {
  const directory = join(router.directory, 'charon');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(join(directory, 'swanctl'), { recursive: true });
  const vici = join(directory, 'charon.vici');
  const daemonFile = join(directory, 'strongswan.conf');
  writeFileSync(daemonFile, daemonConfig(name, vici));
  writeFileSync(join(directory, 'swanctl', 'swanctl.conf'), connectionConfig(suite));
  const env = { STRONGSWAN_CONF: daemonFile, SWANCTL_DIR: join(directory, 'swanctl') };
  const logFile = join(router.lab.outDirectory, 'charon.log');
  const charon = new BackgroundProcess(
    'charon',
    [...router.enter, '/usr/sbin/charon-systemd'],
    logFile,
    { ...env, LD_PRELOAD: preload },
  );
  await router.lab.waitUntil('charon to answer', 20, async () => {
    if (charon.exit !== undefined) throw new Error(`charon ended:\n${charon.tail()}`);
    if (!existsSync(vici)) return false;
    const stats = await run(['swanctl', '--stats', '--uri', `unix://${vici}`], { env });
    return stats.exitCode === 0;
  });
  await must(['swanctl', '--load-all', '--uri', `unix://${vici}`], { env });
  return {
    pid: charon.pid ?? 0,
    stop: async () => {
      charon.signal('SIGKILL');
      await charon.exited(10);
    },
  };
}

function daemonConfig(name: Exclude<ResponderName, 'ours'>, vici: string): string {
  const plugins = name === 'charon, Debian' ? `include ${templates}/*.conf` : '';
  return `charon-systemd {
  ${charonSettings[name]}
  cookie_threshold = 0
  block_threshold = 0
  install_routes = no
  journal {
    default = -1
  }
  plugins {
    ${plugins}
    vici {
      socket = unix://${vici}
    }
    kernel-netlink {
      xfrm_acq_expires = ${larvalSeconds}
    }
  }
}
libstrongswan {
  dh_exponent_ansi_x9_42 = ${name === 'charon, best' ? 'no' : 'yes'}
}
swanctl {
  load = openssl random
}
`;
}

/** SPIs stay reserved for good: the SA that would take their place never comes. */
export const larvalSeconds = 7_200;

function connectionConfig(suite: Suite): string {
  const word = (name: string) => name.replace('-', '');
  const pfs = pfsGroupOf(suite);
  const ike = `${word(ciphers.encryption)}-${ciphers.hash}1-${suite.group}`;
  const esp = `${word(ciphers.encryption)}-${ciphers.integrity}${pfs === undefined ? '' : `-${pfs}`}`;
  return `connections {
peer {
version = 1
local_addrs = ${responderAddress}
remote_addrs = %any
proposals = ${ike}
rekey_time = 86400s
encap = no
local {
auth = psk
}
remote {
auth = psk
}
children {
child {
mode = transport
esp_proposals = ${esp}
life_time = ${lifetimeSeconds}s
}
}
}
}
secrets {
ike {
secret = "${secret}"
}
}
`;
}
