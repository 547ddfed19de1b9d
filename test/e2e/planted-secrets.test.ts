/** Secrets are where the manual shows them, and in nothing else that comes out of the daemon or ipsecctl. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Session } from './console-session.js';
import { Host, type Program } from './daemon-process.js';

jest.setTimeout(60_000);

let host: Host;
let daemon: Program;
let session: Session;

beforeEach(async () => {
  host = new Host();
  daemon = await host.start();
  session = await Session.open(host.socketPath);
});

afterEach(async () => {
  session.close();
  await host.close();
});

const secret = 'Pl4nted-in-A-t3st';
const key = 'c0ffee5ec4e7c0ffee5ec4e7c0ffee5ec4e7aa01';
const planted = [secret, key];

/** Which of the planted values a text shows, in the forms a careless hand gives them. */
function leaks(text: string): string[] {
  const forms = planted.flatMap((value) => [
    value,
    Buffer.from(value).toString('hex'),
    Buffer.from(value).toString('base64').slice(0, 20),
    [...Buffer.from(value)].join(','),
  ]);
  forms.push(Buffer.from(key, 'hex').toString('base64').slice(0, 20));
  forms.push([...Buffer.from(key, 'hex')].join(','));
  return forms.filter((form) => text.toLowerCase().includes(form.toLowerCase()));
}

describe('secrets', () => {
  const mistakes = [
    `/ip ipsec pre-shared-secret add secret=${secret}`,
    `/ip ipsec pre-shared-secret add address=nowhere secret=${secret}`,
    `/ip ipsec pre-shared-secret add address=10.0.0.9 secret=0x${secret}`,
    `/ip ipsec pre-shared-secret add address=10.0.0.9 secret=${secret} bogus=1`,
    `/ip ipsec pre-shared-secret add address=10.0.0.9 bogus=1 secret=${secret}`,
    `/ip ipsec pre-shared-secret add address=10.0.0.9 secret="${secret}`,
    `/ip ipsec pre-shared-secret add address=10.0.0.9 secret="${secret}\\x"`,
    `/ip ipsec pre-shared-secret set 99 secret=${secret}`,
    `/ip ipsec manual-sa set 99 ah-key=${key}`,
    `/ip ipsec manual-sa add ah-key=${key}f`,
    `/ip ipsec manual-sa add esp-enc-key=${key}/${key}/${key}`,
    `/ip ipsec manual-sa add name=held esp-auth-key=${key}`,
    `/ip ipsec pre-shared-secret find secret=${secret} bogus=1`,
    `/ip ipsec pre-shared-secret print where secret~"${secret}("`,
    `/ip ipsec peer add address=10.0.0.9 secret=${secret} bogus=1`,
  ];

  test('are in print and export, and in no log line, error, status or document of an error', async () => {
    await session.run(
      [
        `/ip ipsec pre-shared-secret add address=10.0.0.1 secret=${secret}`,
        `/ip ipsec manual-sa add name=held ah-algorithm=sha1 ah-key=${key}`,
        '/ip ipsec peer add address=10.0.0.1',
        '/ip ipsec policy add sa-src-address=10.0.0.2 sa-dst-address=10.0.0.1 action=encrypt ipsec-protocols=ah manual-sa=held',
        '/ip ipsec policy add sa-src-address=10.0.0.2 sa-dst-address=10.0.0.1 action=encrypt',
      ].join('\n'),
    );
    const shownIn = async (text: string) => leaks(await session.run(text));
    expect(await shownIn('/ip ipsec pre-shared-secret print')).toEqual([secret]);
    expect(await shownIn('/ip ipsec pre-shared-secret print detail')).toEqual([secret]);
    expect(await shownIn('/ip ipsec manual-sa print')).toEqual([key]);
    expect(await shownIn('/ip ipsec export')).toEqual([secret, key]);
    expect(leaks((await host.ctl(['--json', '/ip ipsec pre-shared-secret print'])).stdout)).toEqual(
      [secret],
    );

    for (const line of mistakes) {
      const { text } = await session.refusal(line);
      expect([line, leaks(text)]).toEqual([line, []]);
    }
    for (const line of mistakes) {
      const [plain, json] = await Promise.all([
        host.ctl([], `${line}\n`),
        host.ctl(['--json'], `${line}\n`),
      ]);
      expect([plain.code, plain.stdout, json.code, json.stdout]).toEqual([1, '', 1, '']);
      expect([line, leaks(plain.stderr), leaks(json.stderr)]).toEqual([line, [], []]);
    }

    expect(leaks(JSON.stringify(await session.client.status()))).toEqual([]);
    expect(leaks(await session.run('/ip ipsec policy explain'))).toEqual([]);
    expect(leaks(await session.run('/ip ipsec export hide-sensitive'))).toEqual([]);
    const typing = JSON.stringify([
      await session.client.complete('/ip ipsec pre-shared-secret set 0 secret='),
      await session.client.help('/ip ipsec pre-shared-secret set 0 '),
    ]);
    expect(leaks(typing)).toEqual([]);

    await daemon.kill('SIGTERM');
    expect(daemon.stdout).toContain('"event":"configured"');
    expect(leaks(daemon.stdout + daemon.stderr)).toEqual([]);
  });

  test('C-44 lie only in files that their owner alone can read', async () => {
    await session.run(
      `/ip ipsec pre-shared-secret add address=10.0.0.1 secret=${secret}; /ip ipsec export file=all`,
    );
    const holding = filesBelow(host.stateDirectory).filter(
      (file) => leaks(readFileSync(file, 'latin1')).length > 0,
    );
    expect(holding.map((file) => file.slice(host.stateDirectory.length + 1)).sort()).toEqual([
      'config.json',
      'files/all.rsc',
    ]);
    for (const file of holding) expect([file, statSync(file).mode & 0o077]).toEqual([file, 0]);
  });
});

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}
