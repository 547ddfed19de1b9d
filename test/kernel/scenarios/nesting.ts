/** ESP within ESP: a tunnel between networks, and a policy for the ESP between its ends (E-14). */
import { scenario } from '../../lab/guest.js';
import { checkProtected, matureSas, secret, untilPing } from '../support.js';

function rowsOf(side: 1 | 2): string {
  const other = 3 - side;
  const ends = `sa-src-address=1.0.0.${side} sa-dst-address=1.0.0.${other}`;
  return `/ip ipsec
policy add src-address=10.${side}.0.0/24 dst-address=10.${other}.0.0/24 tunnel=yes ${ends} action=encrypt
policy add src-address=1.0.0.${side}/32 dst-address=1.0.0.${other}/32 protocol=50 ${ends} action=encrypt
peer add address=1.0.0.${other}
pre-shared-secret add address=1.0.0.${other} secret="${secret}"
`;
}

export default scenario(async (lab) => {
  const { r1, r2, h1, wire } = await lab.twoRouters();
  await Promise.all([r1.startDaemon(), r2.startDaemon()]);
  await r1.configure(rowsOf(1));
  await r2.configure(rowsOf(2));
  const capture = await wire.capture();
  await untilPing(lab, h1, '10.2.0.2', 30);
  const { sent, received } = await h1.ping('10.2.0.2', { count: 10 });
  const packets = await capture.stop();
  lab.check('pings pass through both policies', received === sent, `${received} of ${sent}`);
  checkProtected(lab, 'only ESP and IKE on the wire', capture);
  const outerSpis: number[] = [];
  for (const router of [r1, r2]) {
    const sas = await matureSas(router);
    const told = sas.map(({ mode, reqid, source, packets }) => ({ mode, reqid, source, packets }));
    for (const mode of ['tunnel', 'transport']) {
      const pair = sas.filter((sa) => sa.mode === mode);
      lab.check(
        `${router.name} has one pair of SAs in ${mode} mode`,
        pair
          .map(({ source }) => source)
          .sort()
          .join() === '1.0.0.1,1.0.0.2',
        told,
      );
      lab.check(
        `${router.name}: both of them carried every packet`,
        pair.every((sa) => sa.packets >= sent),
        told,
      );
    }
    lab.check(
      'each policy has a reqid of its own',
      new Set(sas.map(({ reqid }) => reqid)).size === 2,
    );
    outerSpis.push(...sas.filter(({ mode }) => mode === 'transport').map(({ spi }) => spi));
  }
  // An inner packet is an ESP packet as well: seen alone it would look just as protected.
  const seen = new Set(packets.filter(({ protocol }) => protocol === 'esp').map(({ spi }) => spi));
  lab.check(
    'E-14 the ESP on the wire is that of the outer SAs alone',
    seen.size === 2 && [...seen].every((spi) => outerSpis.includes(spi)),
    { seen: [...seen], outerSpis },
  );
});
