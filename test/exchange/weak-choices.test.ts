/** Tunnels of weak algorithms work as the manual says, and the log says that they are weak. */
import { describe, expect, test } from '@jest/globals';
import type { PairOptions } from './world.js';
import { pair } from './world.js';

function established(options: PairOptions) {
  const { world, a, b } = pair(options);
  a.ping(b);
  world.run(5_000);
  const told = [a, b].map(({ events }) =>
    events
      .filter(({ name }) => name === 'phase1Established' || name === 'phase2Established')
      .map(({ weak, message }) => ({ weak, end: /; weak: .*$/.exec(message)?.[0] })),
  );
  expect(told[0]).toEqual(told[1]);
  expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
  return told[0];
}

const strong: PairOptions = {
  ...{ encryption: 'aes-128', hash: 'sha', group: 'modp1536' },
  proposal: { pfsGroup: 'modp1536', encryptions: ['aes-128'] },
};

describe('an established phase is marked', () => {
  test.each<[string, PairOptions, string | undefined, string | undefined]>([
    ['not when all is strong', strong, undefined, undefined],
    ['the defaults', {}, 'md5,modp1024', 'modp1024'],
    ['des', { ...strong, encryption: 'des' }, 'des', undefined],
    [
      'everything weak',
      {
        ...{ encryption: 'des', hash: 'md5', group: 'modp768' },
        proposal: { encryptions: ['des'], integrities: ['md5'], pfsGroup: 'modp768' },
      },
      'des,md5,modp768',
      'enc-des,auth-md5,modp768',
    ],
    [
      'a null cipher',
      { ...strong, proposal: { encryptions: ['null'], pfsGroup: 'modp1536' } },
      undefined,
      'enc-null',
    ],
    [
      'no authentication inside AH',
      {
        ...strong,
        protocols: ['esp', 'ah'],
        proposal: { encryptions: ['aes-128'], integrities: ['md5', 'null'], pfsGroup: 'modp1536' },
      },
      undefined,
      'auth-md5',
    ],
  ])('%s', (_, options, phase1, phase2) => {
    const end = (weak: string | undefined) => weak && `; weak: ${weak.replaceAll(',', ', ')}`;
    expect(established(options)).toEqual([
      { weak: phase1, end: end(phase1) },
      { weak: phase2, end: end(phase2) },
    ]);
  });

  test('of several algorithms allowed the one that was agreed on counts', () => {
    const proposal = { encryptions: ['aes-128', 'des'], integrities: ['sha1', 'md5'] } as const;
    const told = established({ ...strong, proposal: { ...proposal, pfsGroup: 'modp1536' } });
    expect(told?.at(-1)).toEqual({ weak: undefined, end: undefined });
  });
});
