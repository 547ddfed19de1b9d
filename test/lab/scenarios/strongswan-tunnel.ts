/** Two strongSwan peers, main mode and a tunnel: what the lab offers to interoperability tests holds. */
import { type Router, type Strongswan, scenario } from '../guest.js';

export default scenario(async (lab) => {
  const { r1, r2, h1, wire } = await lab.twoRouters();
  lab.progress('starting both peers');
  const peer = (router: Router, side: 1 | 2): Promise<Strongswan> =>
    router.startStrongswan({
      local: `1.0.0.${side}`,
      remote: `1.0.0.${3 - side}`,
      ike: '3des-md5-modp1024',
      esp: '3des-sha1-modp1024',
      mode: 'tunnel',
      localTs: `10.${side}.0.0/24`,
      remoteTs: `10.${3 - side}.0.0/24`,
      psk: 'roberkenon',
    });
  const [first] = await Promise.all([peer(r1, 1), peer(r2, 2)]);
  lab.progress('negotiating');
  const capture = await wire.capture();
  const initiated = await first.initiate();
  lab.check(
    'both phases are up',
    initiated.exitCode === 0,
    initiated.stdout.trim().split('\n').at(-1),
  );
  const answered = await h1.ping('10.2.0.2', { count: 3 });
  await capture.stop();
  return {
    answered,
    summary: capture.summary(),
    sas: [await r1.kernelSas(), await r2.kernelSas()],
    policies: await r1.kernelPolicies(),
    listed: await first.listSas(),
  };
});
