import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Client } from '../../../lib/client/client.js';
import type { WatchEvent } from '../../../lib/core/control/watch-event.js';
import { Network } from './routers.js';

let network: Network;
let one: Client;
let two: Client;

beforeEach(async () => {
  network = new Network();
  one = await network.router('10.0.0.1');
  two = await network.router('10.0.0.2');
});

afterEach(() => network.close());

/** What both routers need to speak with each other; the id of the policy of the first. */
async function configure(secrets: readonly [string, string] = ['same', 'same']): Promise<string> {
  const ends = ['10.0.0.1', '10.0.0.2'] as const;
  let id = '';
  for (const [index, client] of [two, one].entries()) {
    const [remote, local] = index === 0 ? ends : [ends[1], ends[0]];
    await client.peer.add({ address: remote, 'dh-group': 'modp768' });
    await client.preSharedSecret.add({ address: remote, secret: secrets[index] ?? '' });
    id = await client.policy.add({
      ...{ 'sa-src-address': local, 'sa-dst-address': remote, action: 'encrypt' },
    });
  }
  return id;
}

describe('watch', () => {
  test('tells from its call on what becomes of the tables, without secrets', async () => {
    const seen: WatchEvent[] = [];
    const events = one.watch();
    const id = await one.preSharedSecret.add({ address: '10.0.0.2', secret: 'hunter2' });
    await one.preSharedSecret.disable(id);
    await one.preSharedSecret.remove(id);
    for await (const event of events) {
      seen.push(event);
      if (seen.length === 3) break;
    }
    const table = { kind: 'table', menu: 'pre-shared-secret', id };
    expect(seen).toMatchObject([
      { ...table, change: 'added', item: { address: '10.0.0.2', disabled: false } },
      { ...table, change: 'changed', item: { disabled: true } },
      { ...table, change: 'removed' },
    ]);
    expect(JSON.stringify(seen)).not.toContain('hunter2');
    expect(seen[0]?.epochSeconds).toBeGreaterThan(1_600_000_000);
  });

  test('tells what becomes of phases and SAs, by row', async () => {
    const id = await configure();
    const names: string[] = [];
    const events = one.watch();
    await one.policy.ready(id);
    await one.execute('/ip ipsec installed-sa flush');
    for await (const event of events) {
      if (event.kind === 'engine') names.push(event.name);
      if (event.kind === 'engine' && event.name === 'phase2Established') {
        expect(event).toMatchObject({ policyId: id, remote: '10.0.0.2', level: 'info' });
      }
      if (event.kind === 'engine' && event.name === 'phase2Closed') break;
    }
    expect(names).toEqual([
      ...['phase2Started', 'phase1Started', 'phase1Established'],
      ...['saInstalled', 'saInstalled', 'phase2Established', 'saRemoved', 'phase2Closed'],
    ]);
  });

  test('ends with its signal, with its loop and with the client', async () => {
    const controller = new AbortController();
    const aborted = one.watch({ signal: controller.signal });
    const waiting = aborted.next();
    controller.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await aborted.next()).toEqual({ done: true, value: undefined });
    expect(await one.watch({ signal: controller.signal }).next()).toMatchObject({ done: true });

    const closing = one.watch();
    const last = closing.next();
    one.close();
    expect(await last).toMatchObject({ done: true });
    await one.closed;
  });

  test('throws when the connection is lost, and so does everything after', async () => {
    const events = one.watch();
    await one.status();
    const waiting = events.next();
    network.cutOff('10.0.0.1');
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_IPSEC_CONNECTION_LOST' });
    await expect(one.status()).rejects.toMatchObject({ code: 'ERR_IPSEC_CONNECTION_LOST' });
    await one.closed;
  });

  test('a listener by name hears its events until it is taken off', async () => {
    const heard: string[] = [];
    const off = one.on('table', ({ change, id }) => heard.push(`${change} ${id}`));
    const id = await one.proposal.add({ name: 'a' });
    await one.status();
    off();
    await one.proposal.remove(id);
    await one.status();
    expect(heard).toEqual([`added ${id}`]);
  });
});

describe('ready', () => {
  test('resolves when the keys are there, and again at once', async () => {
    const id = await configure();
    await one.policy.ready(id);
    expect(await one.installedSa.find()).toHaveLength(2);
    await one.policy.ready(id, { timeoutMs: 1_000, initiate: false });
    const [policy] = await two.policy.find('', { statistics: true });
    expect(policy?.['ph2-state']).toBe('established');
  });

  test('resolves at once when nothing needs keys', async () => {
    const id = await one.policy.add({
      action: 'drop',
      'src-address': '10.1.0.0/16',
      'dst-address': '10.2.0.0/16',
    });
    await one.policy.ready(id, { timeoutMs: 1_000 });
  });

  test('takes a failure up again when a row was edited', async () => {
    const id = await configure(['same', 'same']);
    await one.peer.set('10.0.0.2', { 'enc-algorithm': 'des' });
    const failed = new Promise((resolve) => {
      one.on('notifyReceived', ({ reason }) => resolve(reason));
    });
    const ready = one.policy.ready(id);
    expect(await failed).toBe('NO-PROPOSAL-CHOSEN');
    await one.peer.set('10.0.0.2', { 'enc-algorithm': '3des' });
    await ready;
  });

  test.each([
    ['no-peer', 'peer', /no enabled \/ip ipsec peer row .*add one with address=10.0.0.2/],
    ['no-secret', 'pre-shared-secret', /pre-shared-secret row .*add one with address=10.0.0.2/],
  ] as const)('rejects at once with %s', async (reason, menu, message) => {
    const id = await configure();
    await one.execute(`/ip ipsec ${menu} remove [find]`);
    await expect(one.policy.ready(id)).rejects.toMatchObject({
      ...{ code: 'ERR_IPSEC_NOT_READY', reason, message: expect.stringMatching(message) },
    });
    await expect(one.policy.ready(id, { initiate: false })).rejects.toMatchObject({
      ...{ code: 'ERR_IPSEC_NOT_READY', reason: 'no-keys' },
      message: expect.stringMatching(/add one with address=10.0.0.2/),
    });
  });

  test('rejects when the client is closed meanwhile', async () => {
    const id = await configure();
    network.reaches = () => false;
    const ready = one.policy.ready(id);
    await one.status();
    one.close();
    await expect(ready).rejects.toMatchObject({ code: 'ERR_IPSEC_CONNECTION_LOST' });
  });

  test('C-61 rejects when the policy is not there, or is removed meanwhile', async () => {
    await expect(one.policy.ready('*99')).rejects.toMatchObject({ rule: 'C-61' });
    const id = await configure();
    network.reaches = () => false;
    const ready = one.policy.ready(id);
    const negotiating = new Promise((resolve) => {
      one.on('phase2Started', resolve);
    });
    await negotiating;
    await Promise.all([
      expect(ready).rejects.toMatchObject({ code: 'ERR_IPSEC_NOT_READY', reason: 'removed' }),
      one.policy.remove(id),
    ]);
  });

  test.each([
    ['disabled', { disabled: true }, { message: /disabled: enable it/ }],
    ['invalid', { 'sa-dst-address': '0.0.0.0' }, { rule: 'A-10.2', message: /sa-dst-address/ }],
  ] as const)('rejects at once when the policy is %s', async (reason, values, why) => {
    const { message, ...rule } = why;
    const id = await configure();
    await one.policy.set(id, values);
    await expect(one.policy.ready(id)).rejects.toMatchObject({
      ...{ code: 'ERR_IPSEC_NOT_READY', reason, ...rule },
      message: expect.stringMatching(message),
    });
  });

  test('rejects after the time limit with the reason of the last failure', async () => {
    const id = await configure();
    await two.policy.set('*4', { protocol: 'tcp' });
    await expect(one.policy.ready(id, { timeoutMs: 1_000 })).rejects.toMatchObject({
      ...{ code: 'ERR_IPSEC_NOT_READY', reason: 'invalid-id-information' },
      message: expect.stringMatching(/not ready after 1 s: phase 2 with 10.0.0.2 .*failed/),
    });
  });

  test.each([
    [{ initiate: true }, /phase 1 with 10.0.0.2 has begun and is not done/],
    [{ initiate: false }, /its state is no-phase2/],
  ] as const)('rejects after the time limit when nothing failed yet, %j', async (how, message) => {
    const id = await configure();
    network.reaches = () => false;
    await expect(one.policy.ready(id, { ...how, timeoutMs: 300 })).rejects.toMatchObject({
      ...{ code: 'ERR_IPSEC_NOT_READY', reason: 'timeout' },
      message: expect.stringMatching(message),
    });
  });

  test('rejects with the reason of its signal, and leaves no listener behind', async () => {
    const id = await configure();
    network.reaches = () => false;
    const controller = new AbortController();
    const ready = one.policy.ready(id, { signal: controller.signal });
    await one.status();
    controller.abort(new Error('enough'));
    await expect(ready).rejects.toThrow('enough');
    await expect(one.policy.ready(id, { signal: controller.signal })).rejects.toThrow('enough');
    await expect(one.policy.ready(id, { timeoutMs: 0 })).rejects.toThrow(TypeError);
  });
});
