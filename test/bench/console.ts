/**
 * `npm run bench console`: commands on 100, 1,000 and 10,000 policies, on the memory data plane and with
 * the policies in this kernel; and one `ipsecctl` from its start to its end against a bare `node -e 0`.
 * All in turns; medians. Our goal: no command grows faster than the table, and `ipsecctl` takes less
 * than twice the bare node.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ConsoleRouter, type DataPlaneName, dataPlanes } from './support/console-router.js';
import { type Measurement, median, millisecondsOf, printMeasurements } from './support/report.js';

const sizes = [100, 1_000, 10_000] as const;
const rounds = 15;
const oneShotRounds = 15;
const oneShotProgram = fileURLToPath(new URL('../../cli/ipsecctl.js', import.meta.url));

/** Milliseconds of each command by size. */
type Times = ReadonlyMap<string, ReadonlyMap<number, number>>;

async function measure(routers: readonly ConsoleRouter[]): Promise<Times> {
  const samples = new Map<string, Map<number, number[]>>();
  const take = async (name: string, router: ConsoleRouter, text: string) => {
    const bySize = samples.get(name) ?? new Map<number, number[]>();
    samples.set(name, bySize);
    const times = bySize.get(router.size) ?? [];
    bySize.set(router.size, times);
    times.push(await millisecondsOf(() => router.run(text)));
  };
  for (const router of routers) {
    await router.open();
    await take('import', router, '/import policies.rsc');
    await router.run('/ip ipsec policy');
  }
  const commands = await Promise.all(
    routers.map(async (router) => ({ router, texts: Object.entries(await router.commands()) })),
  );
  for (let round = 0; round < rounds; round += 1) {
    for (const { router, texts } of commands) {
      for (const [name, text] of texts) await take(name, router, text());
    }
  }
  return new Map(
    [...samples].map(([name, bySize]) => [
      name,
      new Map([...bySize].map(([size, times]) => [size, median(times)])),
    ]),
  );
}

function rowsOf(times: Times, dataPlane: DataPlaneName): Measurement[] {
  const [smallest] = sizes;
  return [...times].flatMap(([name, bySize]) =>
    [...bySize].map(([size, value]) => ({
      name: `${name}, ${size} policies, ${dataPlane}`,
      value,
      unit: 'ms',
      against: `${smallest} policies`,
      ratio: (bySize.get(smallest) ?? Number.NaN) / value,
    })),
  );
}

async function onDataPlane(dataPlane: DataPlaneName): Promise<Measurement[]> {
  const routers = sizes.map((size) => new ConsoleRouter(size, dataPlane));
  try {
    return rowsOf(await measure(routers), dataPlane);
  } finally {
    await Promise.all(routers.map((router) => router.close()));
  }
}

/** Standard input is closed, as under cron: nothing waits for a terminal. */
function lifetime(argv: readonly string[]): number {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, argv, {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}: ${stderr}`);
  return Number(process.hrtime.bigint() - start) / 1e6;
}

async function oneShot(): Promise<Measurement> {
  const router = new ConsoleRouter(1, 'memory');
  try {
    await router.open();
    const command = ['--socket', router.socketPath, '/ip', 'ipsec', 'policy', 'print'];
    const ours: number[] = [];
    const bare: number[] = [];
    for (let round = 0; round < oneShotRounds; round += 1) {
      bare.push(lifetime(['-e', '0']));
      ours.push(lifetime([oneShotProgram, ...command]));
    }
    const value = median(ours);
    const against = 'node -e 0';
    return {
      name: 'ipsecctl, start to end',
      value,
      unit: 'ms',
      against,
      ratio: median(bare) / value,
    };
  } finally {
    await router.close();
  }
}

const measurements: Measurement[] = [];
for (const dataPlane of dataPlanes) measurements.push(...(await onDataPlane(dataPlane)));
printMeasurements([...measurements, await oneShot()]);
