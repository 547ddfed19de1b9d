/** Names of other systems and versions that people type here, and where what they mean is found (C-50). */

export type OtherNames = Readonly<Record<string, string>>;

function all(names: readonly string[], hint: string): OtherNames {
  return Object.fromEntries(names.map((name) => [name, hint]));
}

const firewall = { firewall: 'the firewall of Linux is nftables: see docs/nat.md' };
const onlyIpsec = 'only /ip ipsec is kept here';

/** Menus of RouterOS at the root. */
export const otherRootMenus: OtherNames = {
  ...all(
    [
      ...['bridge', 'certificate', 'driver', 'file', 'interface', 'ipv6', 'ipx', 'isdn', 'log'],
      ...['mpls', 'password', 'port', 'ppp', 'queue', 'radius', 'routing', 'snmp', 'system'],
      ...['tool', 'tools', 'user'],
    ],
    onlyIpsec,
  ),
  ...firewall,
};

/** Menus of RouterOS under `/ip`. */
export const otherIpMenus: OtherNames = {
  ...all(
    [
      ...[
        'accounting',
        'address',
        'arp',
        'cloud',
        'dhcp-client',
        'dhcp-relay',
        'dhcp-server',
        'dns',
      ],
      ...['hotspot', 'nat', 'neighbor', 'packing', 'policy-routing', 'pool', 'proxy', 'route'],
      ...[
        'service',
        'settings',
        'smb',
        'socks',
        'ssh',
        'telephony',
        'tftp',
        'traffic-flow',
        'upnp',
      ],
      ...['vrf', 'web-proxy'],
    ],
    onlyIpsec,
  ),
  ...firewall,
};

/** What later versions have under `/ip ipsec`. */
export const laterIpsecMenus: OtherNames = {
  profile: "write the profile's values into /ip ipsec peer",
  'peer-profile': "write the profile's values into /ip ipsec peer",
  identity: "the identity's secret belongs into /ip ipsec pre-shared-secret",
  'mode-config': 'peers are not given addresses here: leave it out',
  group: 'policies are not made from templates here: leave it out, and add the policies',
  user: 'peers are known by a pre-shared secret alone: leave it out',
  key: 'peers are known by a pre-shared secret alone: leave it out',
  settings: 'there is nothing to set for all of IPsec here: leave it out',
  'active-peers': 'see /ip ipsec peer print stats',
  'remote-peers': 'see /ip ipsec peer print stats',
  statistics: 'see /ip ipsec counters print',
};

const leave = 'quit and Ctrl-D leave the shell; scripts and single commands end by themselves';
const ask = '? shows what can stand at any place of a line, and Tab completes it';

/** What people type at any console. */
export const shellWords: OtherNames = {
  ...all(['quit', 'exit', 'logout', 'bye'], leave),
  ...all(['help', 'man', '?'], ask),
};
