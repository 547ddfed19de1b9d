/**
 * Times the installation, listing and removal of SAs and policies through our data plane, `ip -batch`
 * and a C loop, in turns, in the network namespace it is started in.
 * Arguments: path of the compiled C loop or "-", then `sa`, `policy` or both. Prints one JSON array.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addressFromNumber } from '../../../lib/core/base/address.js';
import { Secret } from '../../../lib/core/base/secret.js';
import { reqidOf } from '../../../lib/core/dataplane/ownership.js';
import type { DataPlaneOperation, IpsecSa } from '../../../lib/core/dataplane/types.js';
import { openXfrm } from '../../../lib/host/dataplane/xfrm.js';
import { hostSelector, protectPolicy, templateOf, unlimited } from '../../kernel/xfrm/sample.js';
import { median } from './report.js';

/** Medians in entries per second; NaN for what was not there to be measured. */
export interface Rates {
  readonly kind: 'sa' | 'policy';
  readonly count: number;
  readonly installed: Readonly<Record<'ours' | 'ipBatch' | 'cLoop', number>>;
  readonly listed: Readonly<Record<'ours' | 'ip', number>>;
  readonly removed: Readonly<Record<'ours' | 'ipBatch', number>>;
}

const count = 10_000;
const rounds = 5;
const local = '192.0.2.1';
const [loop = '-', ...kinds] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'ipsecctl-bench-'));
const dataPlane = openXfrm();

// Different peers and scattered reqids, as a router with many peers has them.
const sas = Array.from(
  { length: count },
  (_, number): IpsecSa => ({
    protocol: 'esp',
    spi: 0x10000 + number,
    source: local,
    destination: addressFromNumber(0x0a000000 + number),
    direction: 'out',
    reqid: reqidOf(number),
    mode: 'tunnel',
    encryption: 'aes-128',
    integrity: 'sha1',
    encryptionKey: new Secret(new Uint8Array(16).fill(number & 0xff)),
    integrityKey: new Secret(new Uint8Array(20).fill(number & 0xff)),
    replayWindow: 32,
    lifetime: unlimited,
  }),
);

interface Subject {
  readonly install: readonly DataPlaneOperation[];
  readonly remove: readonly DataPlaneOperation[];
  readonly ipInstall: string;
  readonly ipRemove: string;
  readonly ipList: readonly string[];
}

function batchFile(name: string, lines: readonly string[]): string {
  const file = join(folder, name);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

function saSubject(): Subject {
  const place = ({ source, destination, spi }: IpsecSa) =>
    `src ${source} dst ${destination} proto esp spi ${spi}`;
  const algorithms =
    `auth-trunc hmac(sha1) 0x${'01'.repeat(20)} 96 ` + `enc cbc(aes) 0x${'01'.repeat(16)}`;
  return {
    install: sas.map((sa) => ({ kind: 'installSa', sa })),
    remove: sas.map((id) => ({ kind: 'removeSa', id })),
    ipInstall: batchFile(
      'sa-add',
      sas.map(
        (sa) =>
          `xfrm state add ${place(sa)} reqid ${sa.reqid} mode tunnel replay-window 32 ${algorithms}`,
      ),
    ),
    ipRemove: batchFile(
      'sa-delete',
      sas.map((sa) => `xfrm state delete ${place(sa)}`),
    ),
    ipList: ['-s', 'xfrm', 'state', 'list'],
  };
}

function policySubject(): Subject {
  const policies = sas.map((sa) =>
    protectPolicy('out', hostSelector(local, sa.destination), templateOf(sa)),
  );
  const place = (sa: IpsecSa) => `src ${local}/32 dst ${sa.destination}/32 dir out`;
  return {
    install: policies.map((policy) => ({ kind: 'installPolicy', policy })),
    remove: policies.map((policy) => ({ kind: 'removePolicy', policy })),
    ipInstall: batchFile(
      'policy-add',
      sas.map((sa) => {
        const template = `tmpl src ${local} dst ${sa.destination} proto esp reqid ${sa.reqid} mode tunnel`;
        return `xfrm policy add ${place(sa)} priority 1000 ${template}`;
      }),
    ),
    ipRemove: batchFile(
      'policy-delete',
      sas.map((sa) => `xfrm policy delete ${place(sa)}`),
    ),
    ipList: ['-s', 'xfrm', 'policy', 'list'],
  };
}

function perSecond(run: () => void): number {
  const start = process.hrtime.bigint();
  run();
  return count / (Number(process.hrtime.bigint() - start) / 1e9);
}

function apply(operations: readonly DataPlaneOperation[]): void {
  const refused = dataPlane.apply(operations).find(({ kind }) => kind !== 'ok');
  if (refused) throw new Error(`refused: ${JSON.stringify(refused)}`);
}

function measure(kind: 'sa' | 'policy'): Rates {
  const subject = kind === 'sa' ? saSubject() : policySubject();
  const samples: Record<string, number[]> = {};
  const sample = (name: string, rate: number) => {
    samples[name] = [...(samples[name] ?? []), rate];
  };
  const ip = (...words: readonly string[]) =>
    execFileSync('ip', words, { maxBuffer: 256 * 1024 * 1024 });
  const list = () => {
    const { sas: listed, policies } = dataPlane.snapshot();
    const length = kind === 'sa' ? listed.length : policies.length;
    if (length !== count) throw new Error(`${length} listed`);
  };
  for (let round = 0; round < rounds; round += 1) {
    sample(
      'ours installed',
      perSecond(() => apply(subject.install)),
    );
    sample('ours listed', perSecond(list));
    sample(
      'ip listed',
      perSecond(() => ip(...subject.ipList)),
    );
    sample(
      'ours removed',
      perSecond(() => apply(subject.remove)),
    );
    sample(
      'ip installed',
      perSecond(() => ip('-batch', subject.ipInstall)),
    );
    sample(
      'ip removed',
      perSecond(() => ip('-batch', subject.ipRemove)),
    );
    if (loop === '-') continue;
    sample('loop installed', count / Number(execFileSync(loop, [kind, String(count)])));
    execFileSync(loop, ['flush']);
  }
  const rate = (name: string) => median(samples[name] ?? []);
  return {
    kind,
    count,
    installed: {
      ours: rate('ours installed'),
      ipBatch: rate('ip installed'),
      cLoop: rate('loop installed'),
    },
    listed: { ours: rate('ours listed'), ip: rate('ip listed') },
    removed: { ours: rate('ours removed'), ipBatch: rate('ip removed') },
  };
}

try {
  const rates = kinds.map((kind) => measure(kind === 'sa' ? 'sa' : 'policy'));
  console.log(JSON.stringify(rates));
} finally {
  dataPlane.close();
  rmSync(folder, { recursive: true });
}
