import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { connect } from '../../lib/client/client.js';
import { Host } from './daemon-process.js';

jest.setTimeout(90_000);

let hosts: Host[];

beforeEach(() => {
  hosts = [new Host(), new Host()];
});

afterEach(async () => {
  await Promise.all(hosts.map((host) => host.close()));
});

const planted = 'Plant3d-s3cret-9c41';
const forms = [
  planted,
  Buffer.from(planted).toString('hex'),
  Buffer.from(planted).toString('base64').slice(0, 20),
  [...Buffer.from(planted)].join(','),
];

function leaks(text: string): string[] {
  return forms.filter((form) => text.toLowerCase().includes(form.toLowerCase()));
}

/** Both daemons talk to each other over the loopback address, on ports of their own. */
async function configure(host: Host, other: Host, secret: string): Promise<void> {
  const script = [
    '/ip ipsec policy add sa-src-address=127.0.0.1 sa-dst-address=127.0.0.1 action=encrypt',
    `/ip ipsec peer add address=127.0.0.1:${await other.port()}`,
    `/ip ipsec pre-shared-secret add address=127.0.0.1 secret=${secret}`,
  ];
  expect(await host.ctl([], script.join('\n'))).toMatchObject({ code: 0, stderr: '' });
}

test('a planted secret is in no log line, error, status or file but the one that keeps it', async () => {
  const [near, far] = hosts as [Host, Host];
  const farDaemon = await far.start();
  const first = await near.start();
  await configure(near, far, planted);
  await configure(far, near, planted);

  // Mistakes with the secret in them.
  const mistakes = [
    ['/ip', 'ipsec', 'pre-shared-secret', 'add', `secret=${planted}`],
    ['/ip', 'ipsec', 'pre-shared-secret', 'add', 'address=10.0.0.1', `secret=${planted}`, 'x=1'],
    ['/ip', 'ipsec', 'pre-shared-secret', 'set', '99', `secret=${planted}`],
    ['/ip', 'ipsec', 'pre-shared-secret', 'add', 'address=nowhere', `secret=${planted}`],
  ];
  for (const words of mistakes) {
    const { code, stdout, stderr } = await near.ctl(words);
    expect({ code, leaks: leaks(stdout + stderr) }).toEqual({ code: 1, leaks: [] });
  }

  // A restart after a kill, with the policy marked as in use: the successor negotiates at once.
  await first.kill('SIGKILL');
  markInUse(near);
  const second = await near.start();
  await second.output(/"event":"phase2Established"/);

  // The same with a wrong secret at the other end.
  await far.ctl(['/ip ipsec pre-shared-secret set 0 secret=another']);
  await second.kill('SIGKILL');
  markInUse(near);
  const third = await near.start();
  await farDaemon.output(/"level":"warn"/);

  const client = await connect({ socketPath: near.socketPath });
  const status = JSON.stringify(await client.status());
  client.close();
  const printed = (await near.ctl(['/ip ipsec pre-shared-secret print'])).stdout;
  await Promise.all([third.kill('SIGTERM'), farDaemon.kill('SIGTERM')]);

  // Datagrams are logged at the level most likely to say too much.
  expect(third.stdout).toContain('"level":"trace"');
  for (const daemon of [first, second, third, farDaemon]) {
    expect(leaks(daemon.stdout + daemon.stderr)).toEqual([]);
  }
  expect(leaks(status)).toEqual([]);
  expect(leaks(printed)).toEqual([planted]);
  expect(leaks(readFileSync(join(near.stateDirectory, 'config.json'), 'utf8'))).toEqual([planted]);
});

/** As if the killed daemon had been negotiating. */
function markInUse(host: Host): void {
  const file = join(host.stateDirectory, 'kernel.json');
  const state = JSON.parse(readFileSync(file, 'utf8'));
  const text = JSON.stringify({ ...state, remotes: ['127.0.0.1'] });
  writeFileSync(file, text);
}
