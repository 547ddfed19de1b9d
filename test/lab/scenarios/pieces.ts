/** The single pieces of the topology, a background program with a log, and a kernel that lacks ESP. */
import { readdirSync, writeFileSync } from 'node:fs';
import { scenario } from '../guest.js';

export default scenario(async (lab) => {
  const wire = await lab.addWire('street');
  const routers = [];
  for (const number of [1, 2, 3]) {
    const router = await lab.addRouter(`r${number}`);
    await wire.attach(router, `1.0.0.${number}/24`);
    routers.push(router);
  }
  const [r1, r2, r3] = routers;
  if (r1 === undefined || r2 === undefined || r3 === undefined) throw new Error('three routers');
  const host = await lab.addHost('h3');
  await lab.link(r3, 'eth1', '10.3.0.1/24', host, 'eth0', '10.3.0.2/24');
  await host.ip('route add default via 10.3.0.1');
  await r1.ip('route add 10.3.0.0/24 via 1.0.0.3');
  const capture = await wire.capture('r3');
  const reached = await r1.ping('10.3.0.2', { count: 2 });
  const unseen = await r1.ping('1.0.0.2', { count: 2 });
  await capture.stop();
  const addSa =
    'xfrm state add src 1.0.0.1 dst 1.0.0.2 proto esp spi 0x1000 mode transport enc ecb(cipher_null) ""';
  const esp = await r1.run(['ip', '-batch', '-'], { input: `${addSa}\n` });
  writeFileSync('/usr/lab-was-here', 'this must not reach the disk of the host');
  return {
    reached,
    unseen,
    summary: capture.summary(),
    addSaExit: esp.exitCode,
    words: esp.stderr.trim(),
    args: lab.args,
    tmpIsTheHosts: readdirSync('/tmp').length > 0,
  };
});
