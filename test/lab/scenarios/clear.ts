/** Nothing encrypted: both hosts reach each other and the capture counts every packet. */
import { scenario } from '../guest.js';

export default scenario(async (lab) => {
  const { r1, h1, wire } = await lab.twoRouters();
  const capture = await wire.capture();
  const answered = await h1.ping('10.2.0.2', { count: 3 });
  const unanswered = await r1.ping('1.0.0.99', { count: 2, waitSeconds: 0.5 });
  await capture.stop();
  return {
    answered,
    unanswered,
    summary: capture.summary(),
    requests: capture.count(
      ({ protocol, source, destination }) =>
        protocol === 'icmp' && source === '10.1.0.2' && destination === '10.2.0.2',
    ),
  };
});
