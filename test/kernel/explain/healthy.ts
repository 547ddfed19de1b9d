/** Set-ups in which what is meant to happen happens. */
import { keyed, transport, tunnel } from '../support.js';
import { sourceNat } from './disturbances.js';
import { both, manualTunnel, rangeAccepted, type Setup, sides } from './set-up.js';

export const healthy: readonly Setup[] = [
  {
    name: 'tunnel',
    rows: sides,
    up: 1,
    fate: 'encrypted',
    says: /esp tunnel 1\.0\.0\.1 -> 1\.0\.0\.2 spi=\w+ \(3des, sha1\).*packets of up to 1446 bytes/,
  },
  {
    name: 'ESP inside AH',
    rows: both((side) => `${keyed(side)}\n${tunnel(side, 'ipsec-protocols=ah,esp')}`),
    up: 1,
    fate: 'encrypted',
    says: /esp tunnel .* ah transport/,
  },
  {
    name: 'transport',
    rows: both((side) => `${keyed(side)}\n${transport(side)}`),
    from: 'router',
    up: 1,
    fate: 'encrypted',
    says: /esp transport 1\.0\.0\.1 -> 1\.0\.0\.2.*for this router, must come encrypted/,
  },
  {
    name: 'nested, AH around a tunnel',
    rows: both(
      (side) => `${keyed(side)}\n${tunnel(side)}\n${transport(side, 'ipsec-protocols=ah')}`,
    ),
    up: 1,
    fate: 'encrypted',
    says: /esp tunnel .*policy 0 ah transport .*policy 1/,
  },
  {
    name: 'manual keys',
    rows: manualTunnel(),
    up: 1,
    fate: 'encrypted',
    says: /spi=100 /,
  },
  {
    name: 'an accept policy before',
    rows: both((side) => {
      const nets = `src-address=10.${side}.0.0/24 dst-address=10.${3 - side}.0.0/24`;
      return `policy add action=accept ${nets} protocol=icmp\n${keyed(side)}\n${tunnel(side)}`;
    }),
    fate: 'clear',
    says: /policy 0 decides: action=accept/,
  },
  {
    name: 'masquerade, and what is to be encrypted is accepted before',
    rows: manualTunnel(),
    disturb: sourceNat('-s 10.1.0.0/24 -d 10.2.0.0/24 -j ACCEPT', '-o eth0 -j MASQUERADE'),
    up: 1,
    fate: 'encrypted',
    says: /esp tunnel 1\.0\.0\.1 -> 1\.0\.0\.2/,
  },
  { name: 'no policies', rows: ['', ''], fate: 'clear', says: /no policy matches/ },
  {
    name: 'level=use with SAs that the other side asked for',
    rows: [`${keyed(1)}\n${tunnel(1, 'level=use')}`, sides[1]],
    up: 2,
    fate: 'encrypted',
    says: /policy 0 decides: action=encrypt level=use .*esp tunnel/,
  },
  {
    name: 'a range of ports accepted before',
    rows: rangeAccepted,
    up: 1,
    packet: { udpPort: 5005 },
    fate: 'clear',
    says: /5005 udp: it leaves in clear .*policy 0 decides: action=accept/,
  },
  {
    name: 'outside the range of ports accepted before',
    rows: rangeAccepted,
    up: 1,
    packet: { udpPort: 5011 },
    fate: 'encrypted',
    says: /policy 0 does not decide: its dst-address names port 5000-5010, and the packet's is 5011/,
  },
  {
    name: 'too long for one piece, and without DF',
    rows: manualTunnel(),
    packet: { bytes: 1500, dontFragment: false },
    fate: 'encrypted, in fragments',
    says: /1500 bytes: it leaves encrypted, in fragments .*packets of up to 1446 bytes/,
  },
  {
    name: 'dont-fragment=inherit, and with DF what just fits',
    rows: manualTunnel('dont-fragment=inherit'),
    packet: { bytes: 1446, dontFragment: true },
    fate: 'encrypted',
    says: /1446 bytes with DF: it leaves encrypted .*packets of up to 1446 bytes/,
  },
];
