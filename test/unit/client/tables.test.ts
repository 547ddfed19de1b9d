import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Client } from '../../../lib/client/client.js';
import { ClientError } from '../../../lib/client/client-error.js';
import { Network } from './routers.js';

let network: Network;
let client: Client;

beforeEach(async () => {
  network = new Network();
  client = await network.router('10.0.0.1');
});

afterEach(() => network.close());

const drop = {
  action: 'drop',
  'src-address': '10.1.0.0/16',
  'dst-address': '10.2.0.0/16',
} as const;

describe('the typed tables', () => {
  test('add, find, set and remove, and give back values a program can work with', async () => {
    const id = await client.policy.add({ ...drop, comment: 'über "all"' });
    expect(id).toBe('*2');
    expect(await client.policy.find({ action: 'drop', comment: 'über "all"' })).toEqual([
      {
        ...{ id: '*2', number: 0, disabled: false, comment: 'über "all"' },
        ...{ 'src-address': '10.1.0.0/16:any', 'dst-address': '10.2.0.0/16:any' },
        ...{ protocol: 'all', action: 'drop', level: 'require', 'ipsec-protocols': ['esp'] },
        ...{ tunnel: false, 'sa-src-address': '0.0.0.0', 'sa-dst-address': '0.0.0.0' },
        ...{ proposal: 'default', 'manual-sa': null, 'dont-fragment': 'clear', invalid: false },
      },
    ]);
    await client.policy.set(id, { comment: '', 'ipsec-protocols': ['ah', 'esp'] });
    expect(await client.policy.get(id)).toMatchObject({
      comment: '',
      'ipsec-protocols': ['ah', 'esp'],
    });
    await client.policy.remove(id);
    expect(await client.policy.get(id)).toBeUndefined();
    expect(await client.policy.find()).toEqual([]);
  });

  test('what find gives, add takes: the copy is the same', async () => {
    await client.proposal.add({ name: 'strong', 'enc-algorithms': ['aes-256'], lifetime: 600 });
    const [strong] = await client.proposal.find({ name: 'strong' });
    expect(strong).toBeDefined();
    const { id: _id, number: _number, ...values } = strong ?? ({} as never);
    const copy = await client.proposal.add({ ...values, name: 'copy' });
    expect(await client.proposal.get(copy)).toMatchObject({ ...values, name: 'copy' });
  });

  test('name items by name and by address', async () => {
    await client.peer.add({ address: '10.0.0.2' });
    await client.peer.disable('10.0.0.2');
    expect(await client.peer.get('10.0.0.2:500')).toMatchObject({ disabled: true });
    await client.table('peer').enable(['10.0.0.2']);
    expect(await client.peer.find({ disabled: false })).toHaveLength(1);
  });

  test('copy, place and move', async () => {
    const first = await client.policy.add(drop);
    const second = await client.policy.add(
      { 'src-address': '10.3.0.0/16' },
      { copyFrom: first, placeBefore: first },
    );
    const ids = async () => (await client.policy.find()).map(({ id }) => id);
    expect(await ids()).toEqual([second, first]);
    await client.policy.move(second);
    expect(await ids()).toEqual([first, second]);
    await client.policy.move([second], first);
    expect(await ids()).toEqual([second, first]);
  });

  test('print as the console does', async () => {
    await client.preSharedSecret.add({ address: '10.0.0.2', secret: 'gwejimezyfopmekun' });
    const { output } = await client.execute('/ip ipsec pre-shared-secret print');
    expect(output).toContain('gwejimezyfopmekun');
    expect(await client.preSharedSecret.print()).toBe(output);
    await client.policy.add(drop);
    const stats = await client.execute('/ip ipsec policy print stats where action=drop');
    expect(await client.policy.print({ statistics: true, where: { action: 'drop' } })).toBe(
      stats.output,
    );
    expect(await client.policy.print({ from: [], form: 'terse' })).not.toContain('10.1.0.0');
    await expect(client.policy.print({ where: 'colour=red' })).rejects.toMatchObject({
      code: 'ERR_IPSEC_REFUSED',
    });
  });

  test('C-21 print numbers the items for the console, in the order it shows them', async () => {
    const first = await client.policy.add(drop);
    const second = await client.policy.add({ ...drop, protocol: 'tcp' });
    await client.policy.print({ from: [second, first] });
    await client.execute('/ip ipsec policy remove 0');
    expect(await client.policy.find()).toMatchObject([{ id: first }]);
  });

  test.each([
    ['disabled=no; /ip ipsec policy remove [find]'],
    ['disabled=no\n/ip ipsec policy remove [find]'],
    ['disabled=no\r/ip ipsec policy remove [find]'],
    ['disabled=no; ; # nothing\n:put x'],
    ['comment=[/ip ipsec policy remove [find]]'],
    ['comment=$name'],
    ['comment="'],
    ['comment=x\\'],
  ])('C-24 print takes a condition and nothing else: %j', async (where) => {
    await client.policy.add(drop);
    const printed = client.policy.print({ where });
    await expect(printed).rejects.toMatchObject({ code: 'ERR_IPSEC_REFUSED', rule: 'C-53' });
    expect(await client.policy.find()).toHaveLength(1);
  });

  test('print takes no layout but its own', async () => {
    await client.policy.add(drop);
    const form = 'brief; /ip ipsec policy remove [find]' as 'brief';
    await expect(client.policy.print({ form })).rejects.toMatchObject({
      code: 'ERR_IPSEC_PROTOCOL',
    });
    expect(await client.policy.find()).toHaveLength(1);
  });

  test.each([
    [null, 'null'],
    [true, 'true or false'],
    [['a', 'b'], 'a list'],
    [12345, 'a number'],
    [{ a: 1 }, 'an object'],
    ['\ud83d', 'half of a character'],
  ])('C-58 a secret is no %j', async (secret, kind) => {
    const values = { address: '10.0.0.2', secret } as never;
    const refusal = {
      ...{ code: 'ERR_IPSEC_REFUSED', rule: 'C-58', property: 'secret' },
      message: `invalid value for argument secret: it takes a string, not ${kind}`,
    };
    await expect(client.preSharedSecret.add(values)).rejects.toMatchObject(refusal);
    const id = await client.preSharedSecret.add({ address: '10.0.0.2', secret: 'kept' });
    await expect(client.preSharedSecret.set(id, { secret } as never)).rejects.toMatchObject(
      refusal,
    );
    expect(await client.preSharedSecret.get(id)).toMatchObject({ secret: 'kept' });
  });

  test('A-51 bytes of a secret survive, however they were given', async () => {
    const id = await client.preSharedSecret.add({
      address: '10.0.0.2',
      secret: 'a\udcc3\udcbc\udcff',
    });
    const secretOf = async () => (await client.preSharedSecret.get(id))?.secret;
    expect(await secretOf()).toBe('aü\udcff');
    await client.preSharedSecret.set(id, { secret: '\udce4' });
    expect(await secretOf()).toBe('\udce4');
    await client.execute(`/ip ipsec pre-shared-secret set ${id} secret="\udcfc"`);
    expect(await secretOf()).toBe('\udcfc');
    const { output } = await client.execute('/ip ipsec pre-shared-secret export');
    expect(output).toContain('secret="\\FC"');
    for (const half of ['\ud83d', '"\ud83d"', '"a $b \udc00"']) {
      const { error } = await client.execute(`:put ${half}`);
      expect(error).toMatchObject({ rule: 'C-53', column: 6 });
    }
  });

  test('show the running system', async () => {
    expect(await client.counters.find()).toMatchObject([{ 'out-encrypt': 0 }]);
    expect(await client.counters.get()).toMatchObject({ number: 0, 'out-encrypt': 0 });
    expect(await client.installedSa.find({ direction: 'in' })).toEqual([]);
    await client.policy.add(drop);
    const [policy] = await client.policy.find('action=drop', { statistics: true });
    expect(policy).toMatchObject({ 'ph2-state': 'no-phase2', 'in-dropped': 0 });
    const id = policy?.id ?? '';
    expect(await client.policy.get(id, { statistics: true })).toEqual(policy);
    expect(await client.policy.get(id)).not.toHaveProperty('ph2-state');
  });

  test('A-10 explain why a row has no effect', async () => {
    const id = await client.policy.add({ action: 'encrypt' });
    expect(await client.policy.find({ invalid: true })).toHaveLength(1);
    expect(await client.policy.explain(id)).toMatchObject([
      {
        ...{ id, disabled: false, valid: false },
        reasons: ['A-10.2', 'A-10.2', 'A-10.3', 'A-10.3'].map((rule) => ({ rule })),
      },
    ]);
  });

  test('a refusal has a code, a rule and the property at fault, and changes nothing', async () => {
    const refused = client.peer.add({ address: 'nowhere' });
    await expect(refused).rejects.toBeInstanceOf(ClientError);
    await expect(refused).rejects.toMatchObject({
      ...{ code: 'ERR_IPSEC_REFUSED', rule: 'C-58', property: 'address' },
      message: 'invalid value for argument address',
      hint: expect.stringMatching(/^address is /),
    });
    const misspelt = { address: '10.0.0.2', 'dh-grup': 'modp1024' } as const;
    await expect(client.peer.add(misspelt)).rejects.toMatchObject({ property: 'dh-grup' });
    expect(await client.peer.find()).toEqual([]);
  });

  test('a change that cannot be saved is refused in the words of the disk', async () => {
    network.diskError = new Error('ENOSPC: no space left on device');
    await expect(client.policy.add(drop)).rejects.toMatchObject({
      ...{ code: 'ERR_IPSEC_REFUSED', rule: 'C-63' },
      message: expect.stringContaining('ENOSPC'),
    });
    network.diskError = undefined;
    expect(await client.policy.find()).toEqual([]);
  });

  test('C-21 numbers of the console are no business of theirs', async () => {
    await client.policy.add(drop);
    await client.execute('/ip ipsec policy print');
    await expect(client.policy.remove('0')).rejects.toMatchObject({ rule: 'C-61' });
  });

  test('several clients see each other’s changes at once', async () => {
    const other = await network.client('10.0.0.1');
    const ids = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? client : other).proposal.add({ name: `p${index}` }),
      ),
    );
    expect(new Set(ids).size).toBe(20);
    expect(await client.proposal.find()).toEqual(await other.proposal.find());
  });
});

describe('mistakes of a program without a compiler', () => {
  test('in names of properties are told with the name that was meant, in conditions too', async () => {
    const meant = {
      ...{ code: 'ERR_IPSEC_REFUSED', rule: 'C-52', property: 'acton' },
      message: 'policy has no property "acton": did you mean "action"?',
    };
    await expect(client.policy.add({ acton: 'drop' } as never)).rejects.toMatchObject(meant);
    await expect(client.policy.find({ acton: 'drop' } as never)).rejects.toMatchObject(meant);
    await expect(client.policy.find('disabled && acton=drop')).rejects.toMatchObject(meant);
    await expect(client.peer.find('ph1-sate=x')).rejects.toMatchObject({
      message: 'peer has no property "ph1-sate": did you mean "ph1-state"?',
    });
  });

  test('are told with the name that was meant', () => {
    const table = client.table as (menu: string) => unknown;
    expect(() => table.call(client, 'polcy')).toThrow(TypeError);
    const on = client.on as (name: string, listener: () => void) => unknown;
    expect(() => on.call(client, 'phase1Etablished', () => {})).toThrow(/phase1Established/);
  });

  test('in options of a request are refused by name', async () => {
    const options = { placeBfore: '*1' };
    await expect(client.policy.add(drop, options as never)).rejects.toMatchObject({
      ...{ code: 'ERR_IPSEC_PROTOCOL', message: expect.stringContaining('placeBfore') },
    });
    await expect(client.policy.find({ 'src address': 'x' } as never)).rejects.toThrow(TypeError);
  });
});
