/** The package's entries, imported by name as a program of its own does. */
import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What a module of its own prints. */
function run(source: string): string {
  return execFileSync(process.execPath, ['--input-type=module', '-e', source], {
    cwd: root,
    encoding: 'utf8',
    // A test runner on a terminal asks its children for colours.
    env: { ...process.env, FORCE_COLOR: '0' },
    timeout: 30_000,
  }).trim();
}

test('ipsecctl/wire decodes a message of a capture byte by byte', () => {
  const header = `${'11'.repeat(8)}${'00'.repeat(8)}0b100500000000000000002c`;
  const notify = '000000100000000101000018';
  const printed = run(`
    import { decodeMessage, encodeMessage, nameOf, notifyTypes } from 'ipsecctl/wire';
    const bytes = Uint8Array.from(Buffer.from('${header}${notify}00000000', 'hex'));
    const { ok, value } = decodeMessage(bytes);
    const [payload] = value.payloads;
    console.log(ok, payload.type, nameOf(notifyTypes, payload.notifyType));
    console.log(Buffer.from(encodeMessage(value.header, value.payloads)).equals(Buffer.from(bytes)));
  `);
  expect(printed).toBe('true N AUTHENTICATION-FAILED\ntrue');
});

test('ipsecctl/engine answers a wish without rows with the row to add', () => {
  const printed = run(`
    import { createCryptoProvider, Engine, instant } from 'ipsecctl/engine';
    const engine = new Engine({ crypto: createCryptoProvider() });
    const any = { address: '0.0.0.0', length: 0 };
    const selector = { source: any, destination: any, protocol: 0, sourcePorts: 'any', destinationPorts: 'any' };
    const policy = { id: 1, label: 'policy 0', reqid: 1, selector, local: '10.0.0.1', remote: '10.0.0.2',
      mode: 'tunnel', protocols: ['esp'], level: 'require',
      proposal: { label: 'proposal 0', encryptions: ['3des'], integrities: ['sha1'], lifetimeSeconds: 0, lifetimeBytes: 0 } };
    engine.handle({ kind: 'configured', now: instant(0), config: { peers: [], secrets: [], policies: [policy] } });
    const effects = engine.handle({ kind: 'command', now: instant(1), command: { kind: 'initiate', policyId: 1 } });
    console.log(effects.map(({ kind, event }) => kind + ' ' + event.reason).join());
  `);
  expect(printed).toBe('event no-peer');
});

test('ipsecctl says where it looked when no daemon answers', () => {
  const printed = run(`
    import { connect } from 'ipsecctl';
    await connect({ socketPath: '/nonexistent/ipsecd.sock' }).catch((error) => console.log(error.code, error.message));
  `);
  expect(printed).toMatch(/^ERR_IPSEC_NO_DAEMON .*\/nonexistent\/ipsecd\.sock/);
});
