/** What the compiler tells programs that use the library: a line without the error it expects fails. */
import type { Client } from '../../../lib/client/client.js';

export async function mistakes({
  policy,
  peer,
  preSharedSecret,
  ...client
}: Client): Promise<void> {
  // @ts-expect-error: a property that is none
  await policy.add({ 'src-adress': '10.0.0.0/8' });
  // @ts-expect-error: a word that is none
  await policy.add({ action: 'encrypted' });
  // @ts-expect-error: a list with a word that is none
  await policy.set('*1', { 'ipsec-protocols': ['esp', 'ipcomp'] });
  // @ts-expect-error: a value of another kind
  await client.proposal.add({ lifetime: '30m' });
  // @ts-expect-error: what has no default must be given
  await peer.add({ 'dh-group': 'modp1024' });
  // @ts-expect-error: what has no default must be given
  await preSharedSecret.add({ address: '10.0.0.1' });
  // @ts-expect-error: a statistic is nothing to set
  await policy.set('*1', { 'ph2-state': 'established' });
  // @ts-expect-error: only policies have an order
  await peer.move('*1');
  // @ts-expect-error: only policies have an order
  await peer.add({ address: '10.0.0.1' }, { placeBefore: '*1' });
  // @ts-expect-error: what shows the running system cannot be changed
  await client.installedSa.remove('*1');
  // @ts-expect-error: a condition on a property that is none
  await policy.find({ colour: 'red' });
  // @ts-expect-error: the counters are one item, which has no name
  await client.counters.get('*1');
  // @ts-expect-error: statistics are there when they are asked for
  (await policy.find())[0]?.['ph2-state'];
  // @ts-expect-error: a menu that is none
  client.table('polcy');
  // @ts-expect-error: an event that is none
  client.on('phase1Etablished', () => undefined);
  // @ts-expect-error: what a listener hears depends on the name
  client.on('table', ({ reason }) => reason);
}

/** What they may write, and the types they get. */
export async function uses({ policy, peer, ...client }: Client): Promise<void> {
  const id: string = await policy.add({
    ...{ action: 'encrypt', level: 'require', 'manual-sa': null },
    'ipsec-protocols': ['esp'],
  });
  await policy.add({ comment: 'copy' }, { copyFrom: id, placeBefore: id });
  await peer.add({}, { copyFrom: '10.0.0.1' });
  for (const { id: _id, number: _number, invalid, ...item } of await policy.find('disabled')) {
    if (invalid) continue;
    const action: 'accept' | 'drop' | 'encrypt' = item.action;
    const protocols: readonly ('ah' | 'esp')[] = item['ipsec-protocols'];
    const template: string | null = item['manual-sa'];
    await policy.add({ ...item, action, 'ipsec-protocols': protocols, 'manual-sa': template });
  }
  const [first] = await policy.find('disabled', { statistics: true });
  const encrypted: number | undefined = first?.encrypted;
  const counted: number = (await client.counters.get())['out-encrypt'];
  const [sa] = await client.table('installed-sa').find();
  const key: string | undefined = sa?.['enc-key'];
  client.on('phase2Failed', ({ policyId, message }) => [
    policyId,
    message,
    encrypted,
    key,
    counted,
  ]);
}
