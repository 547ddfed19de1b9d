/** Nothing encrypted: rules that ask for IPsec count the packets that a router sends in clear. */
import { scenario } from '../guest.js';

export default scenario(async (lab) => {
  const { r1 } = await lab.twoRouters();
  await r1.nft(`table ip lab {
    counter to-protect {}
    counter to-leave-clear {}
    counter decrypted {}
    chain output {
      type filter hook output priority filter;
      ip protocol icmp rt ipsec exists counter name to-protect
      ip protocol icmp rt ipsec missing counter name to-leave-clear
    }
    chain input {
      type filter hook input priority filter;
      ip protocol icmp meta ipsec exists counter name decrypted
    }
  }`);
  const answered = await r1.ping('1.0.0.2', { count: 3 });
  return { answered, counters: await r1.nftCounters('ip lab') };
});
