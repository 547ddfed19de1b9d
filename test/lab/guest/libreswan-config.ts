/** The configuration texts of a Libreswan peer with one connection, named `peer`. */
import type { PeerOptions } from './peer-options.js';

/** Text of ipsec.conf. Lines of a section are indented, and each key stands there once: pluto insists on both. */
export function libreswanConfig(options: PeerOptions): string {
  const { mode = 'transport', ikeLifeSeconds = 86_400, lifeSeconds = 1800 } = options;
  const phase2 = options.ah ?? options.esp ?? '';
  const settings = {
    ikev2: 'no',
    authby: 'secret',
    left: options.local,
    right: options.remote,
    leftsubnet: options.localTs,
    rightsubnet: options.remoteTs,
    aggressive: options.aggressive === true ? 'yes' : 'no',
    ike: plutoProposal(options.ike),
    ikelifetime: `${ikeLifeSeconds}s`,
    phase2: options.ah === undefined ? 'esp' : 'ah',
    phase2alg: plutoProposal(phase2),
    pfs: phase2.includes('-modp') ? 'yes' : 'no',
    salifetime: `${lifeSeconds}s`,
    type: mode,
    // Its script changes routes and needs programs that the lab does not have.
    leftupdown: '%disabled',
    // addconn adds it when told to; not also by itself when pluto starts.
    auto: 'ignore',
  };
  const lines = Object.entries(settings).flatMap(([name, value]) =>
    value === undefined ? [] : [`  ${name}=${value}\n`],
  );
  return `config setup
  ikev1-policy=accept
conn peer
${lines.join('')}`;
}

/** Text of ipsec.secrets. */
export function libreswanSecrets({ psk }: PeerOptions): string {
  return `: PSK "${psk}"\n`;
}

/** strongSwan's `3des-sha1-modp1536` in pluto's words. */
function plutoProposal(proposal: string): string {
  return proposal.replace('-modp', ';modp');
}
