/**
 * What rules of nftables learn about IPsec on a router: `rt ipsec` of packets that will be protected, `meta ipsec`
 * of packets that were, beside packets of neither kind, each counted as often as it passed.
 */
import { type Router, scenario } from '../../lab/guest.js';
import { rowsFor, suites, untilPing } from '../support.js';

/** Packets between the hosts, and the packets that carry them between the routers. */
const rules = `table ip lab {
  counter to-protect {}
  counter to-leave-clear {}
  counter decrypted {}
  counter came-clear {}
  counter esp-out {}
  counter esp-in {}
  counter esp-wrong {}
  chain forward {
    type filter hook forward priority filter;
    ip saddr 10.1.0.0/24 rt ipsec exists counter name to-protect
    ip saddr 10.1.0.0/24 rt ipsec missing counter name to-leave-clear
    ip daddr 10.1.0.0/24 meta ipsec exists counter name decrypted
    ip daddr 10.1.0.0/24 meta ipsec missing counter name came-clear
  }
  chain output {
    type filter hook output priority filter;
    ip protocol esp rt ipsec missing counter name esp-out
    ip protocol esp rt ipsec exists counter name esp-wrong
  }
  chain input {
    type filter hook input priority filter;
    ip protocol esp meta ipsec missing counter name esp-in
    ip protocol esp meta ipsec exists counter name esp-wrong
  }
}
`;

const zeroed = 'reset counters table ip lab\n';

export default scenario(async (lab) => {
  const { r1, r2, h1, wire } = await lab.twoRouters();
  await Promise.all([startTunnel(r1, 1), startTunnel(r2, 2)]);
  await untilPing(lab, h1, '10.2.0.2');
  lab.progress('the tunnel is up');

  await r1.nft(rules);
  await r1.nft(zeroed);
  const capture = await wire.capture();
  const through = await h1.ping('10.2.0.2', { count: 5 });
  // The other router's own address lies outside of the policy.
  const beside = await h1.ping('1.0.0.2', { count: 3 });
  await capture.stop();
  lab.check('every ping is answered', through.received === 5 && beside.received === 3, {
    through,
    beside,
  });
  return { counters: await r1.nftCounters('ip lab'), summary: capture.summary() };
});

async function startTunnel(router: Router, side: 1 | 2): Promise<void> {
  const [suite] = suites;
  if (suite === undefined) throw new Error('no suite');
  await router.startDaemon();
  await router.configure(rowsFor(side, 'tunnel', suite));
}
