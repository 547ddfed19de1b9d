/** What `explain` foretells is what the data plane then does, whatever the tables say (D.1, D.2). */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ExplainWorld, now } from './explain-world.js';

const address = fc.constantFrom('1.0.0.1', '1.0.0.2', '10.1.0.5', '10.2.0.7', '10.2.9.9');
const network = fc.constantFrom('10.1.0.0/24', '10.2.0.0/24', '10.2.0.0/16', '0.0.0.0/0');

const row = fc
  .record({
    action: fc.constantFrom('accept', 'drop', 'encrypt'),
    level: fc.constantFrom('use', 'acquire', 'require'),
    protocols: fc.constantFrom('esp', 'ah', 'ah,esp'),
    tunnel: fc.constantFrom('yes', 'no'),
    disabled: fc.constantFrom('no', 'no', 'no', 'yes'),
    source: network,
    destination: network,
    protocol: fc.constantFrom('all', 'icmp', 'tcp', 'udp'),
    remote: fc.constantFrom('1.0.0.2', '1.0.0.3'),
  })
  .map(
    (row) =>
      `add action=${row.action} level=${row.level} ipsec-protocols=${row.protocols} tunnel=${row.tunnel} disabled=${row.disabled} src-address=${row.source} dst-address=${row.destination} protocol=${row.protocol} sa-src-address=1.0.0.1 sa-dst-address=${row.remote}`,
  );

const packets = fc.array(
  fc.record({
    source: address,
    destination: address,
    protocol: fc.constantFrom(1, 6, 17),
    ports: fc.record({ source: fc.constantFrom(500, 1024), destination: fc.constantFrom(80, 500) }),
  }),
  { minLength: 1, maxLength: 8 },
);

test('explain foretells what the data plane does', () => {
  const tables = fc.array(row, { maxLength: 6 });
  const places = fc.uniqueArray(fc.nat(5));
  fc.assert(
    fc.property(tables, places, packets, (lines, withSas, asked) => {
      const world = new ExplainWorld();
      for (const line of lines) world.run(`/ip ipsec policy ${line}`);
      world.giveSas(...withSas.filter((place) => place < lines.length));
      for (const { ports, ...flow } of asked) {
        const words = [
          `src=${flow.source} dst=${flow.destination} protocol=${flow.protocol}`,
          ...(flow.protocol === 1
            ? []
            : [`src-port=${ports.source} dst-port=${ports.destination}`]),
        ];
        const told = world.explainJson(words.join(' '));
        const packet = { ...flow, ...(flow.protocol === 1 ? {} : { ports }), bytes: 100 };
        const sent = world.plane.sendPacket(packet, now);
        expect([words, told.out.fate]).toEqual([words, sent.kind]);
        if (sent.kind === 'encrypted') {
          expect(told.out.sas.at(-1).spi).toBe(sent.packet.spi);
        }
      }
    }),
    { numRuns: 300 },
  );
});
