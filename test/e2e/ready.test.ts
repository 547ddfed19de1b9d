/** Why a policy is not ready, between two daemons that speak over the loopback interface. */
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type Client, connect } from '../../lib/client/client.js';
import type { PeerInput, PolicyInput } from '../../lib/core/config/menu-shapes.js';
import { Host } from './daemon-process.js';

jest.setTimeout(90_000);

const here = '127.0.0.1';
/** The first repetition of an unanswered message is what tells of silence. */
const untilRepetitionMs = 12_000;

const hosts = [new Host(), new Host()] as const;
let one: Client;
let two: Client;

beforeAll(async () => {
  await Promise.all(hosts.map((host) => host.start()));
  one = await connect({ socketPath: hosts[0].socketPath });
  two = await connect({ socketPath: hosts[1].socketPath });
});

afterAll(async () => {
  one.close();
  two.close();
  await Promise.all(hosts.map((host) => host.close()));
});

beforeEach(async () => {
  const menus = ['policy', 'peer', 'pre-shared-secret', 'manual-sa'];
  const removals = menus.map((menu) => `/ip ipsec ${menu} remove [find]\n`).join('');
  for (const client of [one, two]) {
    const { error } = await client.execute(
      `${removals}/ip ipsec proposal remove [find name!=default]`,
    );
    expect(error).toBeUndefined();
  }
});

const encrypt = { action: 'encrypt', 'sa-src-address': here, 'sa-dst-address': here } as const;

interface Rows {
  readonly peer?: Partial<PeerInput>;
  readonly secret?: string;
  readonly policy?: Partial<PolicyInput>;
}

/** What a router needs to speak with the other; the id of its policy. */
async function configure(client: Client, { peer, secret = 'same', policy }: Rows = {}) {
  const other = hosts[client === one ? 1 : 0];
  await client.peer.add({ address: `${here}:${await other.port()}`, ...peer });
  await client.preSharedSecret.add({ address: here, secret });
  return client.policy.add({ ...encrypt, ...policy });
}

/** Configures both; the id of the policy of the first. */
async function configureBoth(first: Rows, second: Rows): Promise<string> {
  await configure(two, second);
  return configure(one, first);
}

const notReady = (reason: string, message: RegExp) => ({
  ...{ code: 'ERR_IPSEC_NOT_READY', reason, message: expect.stringMatching(message) },
});

test('a policy of two routers that agree is ready', async () => {
  const id = await configureBoth({}, {});
  await one.policy.ready(id);
  await two.policy.ready((await two.policy.find())[0]?.id ?? '');
  expect(await one.installedSa.find()).toHaveLength(2);
});

describe('is told at once', () => {
  test('that no peer row serves the address', async () => {
    const id = await one.policy.add(encrypt);
    const started = Date.now();
    await expect(one.policy.ready(id)).rejects.toMatchObject(notReady('no-peer', /add one with/));
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  test('that no secret serves the address', async () => {
    const id = await configure(one);
    await one.execute('/ip ipsec pre-shared-secret remove [find]');
    const reason = notReady('no-secret', /add one with address=127.0.0.1/);
    await expect(one.policy.ready(id)).rejects.toMatchObject(reason);
  });

  test.each([
    ['disabled', { disabled: true }, /disabled: enable it/],
    ['invalid', { 'sa-src-address': '0.0.0.0' }, /sa-src-address is not set/],
  ] as const)('that the policy is %s, or becomes so meanwhile', async (reason, values, message) => {
    const id = await configure(one);
    const meanwhile = one.policy.ready(id);
    // Answers come in order: by the second one the waiting has asked for the row.
    await one.status();
    await one.status();
    await Promise.all([
      expect(meanwhile).rejects.toMatchObject(notReady(reason, message)),
      one.policy.set(id, values),
    ]);
    await expect(one.policy.ready(id)).rejects.toMatchObject(notReady(reason, message));
  });

  test('that the policy is removed meanwhile, or was never there', async () => {
    const id = await configure(one);
    const meanwhile = one.policy.ready(id);
    // Answers come in order: by the second one the waiting has asked for the row.
    await one.status();
    await one.status();
    await Promise.all([
      expect(meanwhile).rejects.toMatchObject(notReady('removed', /was removed/)),
      one.policy.remove(id),
    ]);
    await expect(one.policy.ready(id)).rejects.toMatchObject({ rule: 'C-61' });
  });

  test('that a policy of manual keys is ready', async () => {
    await one.manualSa.add({ name: 'keys', 'ah-algorithm': 'null' });
    const id = await one.policy.add({ ...encrypt, 'manual-sa': 'keys' });
    await one.policy.ready(id, { timeoutMs: 1_000 });
  });
});

describe('is told after the time limit', () => {
  test('that phase 1 has no common proposal', async () => {
    const id = await configureBoth({ peer: { 'enc-algorithm': 'des' } }, {});
    const wait = { timeoutMs: 1_500 };
    await expect(one.policy.ready(id, wait)).rejects.toMatchObject(
      notReady('no-proposal-chosen', /phase 1 .*enc-algorithm/),
    );
  });

  test('that phase 2 has no common proposal, at both ends', async () => {
    await one.proposal.add({ name: 'other', 'enc-algorithms': ['des'] });
    const id = await configureBoth({ policy: { proposal: 'other' } }, {});
    const [policy] = await two.policy.find();
    const wait = { timeoutMs: 2_500 };
    const reason = notReady('no-proposal-chosen', /phase 2 /);
    await Promise.all([
      expect(one.policy.ready(id, wait)).rejects.toMatchObject(reason),
      expect(
        two.policy.ready(policy?.id ?? '', { ...wait, initiate: false }),
      ).rejects.toMatchObject(reason),
    ]);
  });

  test('that no policy there mirrors this one', async () => {
    const id = await configureBoth({}, { policy: { protocol: 'tcp' } });
    await expect(one.policy.ready(id, { timeoutMs: 2_500 })).rejects.toMatchObject(
      notReady('invalid-id-information', /phase 2 /),
    );
  });

  test('that the routers have different exchange modes', async () => {
    const id = await configureBoth({}, { peer: { 'exchange-mode': 'aggressive' } });
    const [policy] = await two.policy.find();
    const waited = { timeoutMs: untilRepetitionMs };
    await Promise.all([
      expect(one.policy.ready(id, waited)).rejects.toMatchObject(
        notReady('no-answer', /that it wants exchange-mode=main/),
      ),
      expect(
        two.policy.ready(policy?.id ?? '', { timeoutMs: 3_000, initiate: false }),
      ).rejects.toMatchObject(
        notReady('exchange-mode', /wants main mode, .* has exchange-mode=aggressive/),
      ),
    ]);
  });

  test('that the secrets differ', async () => {
    const id = await configureBoth({ secret: 'one' }, { secret: 'another' });
    await expect(one.policy.ready(id, { timeoutMs: untilRepetitionMs })).rejects.toMatchObject(
      notReady('authentication-failed', /secret/),
    );
  });

  test('that nobody answers', async () => {
    const id = await configure(one, { peer: { address: `${here}:9` } });
    await expect(one.policy.ready(id, { timeoutMs: untilRepetitionMs })).rejects.toMatchObject(
      notReady('no-answer', /does not answer on UDP port 9/),
    );
  });
});

test.each(['SIGTERM', 'SIGKILL'] as const)('rejects when the daemon ends by %s', async (signal) => {
  const host = new Host();
  try {
    const daemon = await host.start();
    const client = await connect({ socketPath: host.socketPath });
    await client.peer.add({ address: `${here}:9` });
    await client.preSharedSecret.add({ address: here, secret: 'same' });
    const id = await client.policy.add(encrypt);
    const ready = client.policy.ready(id);
    await client.status();
    await Promise.all([
      expect(ready).rejects.toMatchObject({ code: 'ERR_IPSEC_CONNECTION_LOST' }),
      daemon.kill(signal),
      client.closed,
    ]);
  } finally {
    await host.close();
  }
});
