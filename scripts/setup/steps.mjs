/** Numbered, timed steps on the terminal, and programs run quietly behind them. Everything goes to stderr. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const cacheFolder = join(root, '.cache');

const heartbeatSeconds = 15;
/** Of a failed program's output: some tell the cause first, some last. */
const shownLines = { first: 12, last: 20 };

/** A failure that needs no stack: the message says what happened and what to do. */
export class SetupError extends Error {}

/** @param {string} text */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Seconds since `start` (milliseconds), rounded. @param {number} start */
export function elapsed(start) {
  return `${((Date.now() - start) / 1000).toFixed(1)} s`;
}

/**
 * Runs steps in order and says which one, and how long it took.
 * @param {{ name: string, run: () => Promise<string | undefined> }[]} steps each returns a word for
 *   "nothing to do", or undefined when it did something
 */
export async function runSteps(steps) {
  for (const [index, { name, run }] of steps.entries()) {
    const label = `[${index + 1}/${steps.length}] ${name}`;
    const start = Date.now();
    current = label;
    const word = await run();
    say(`${label}: ${word ?? 'done'} (${elapsed(start)})`);
  }
}

let current = '';

/** Says what the running step is about to do. @param {string} text */
export function announce(text) {
  say(`${current}: ${text}`);
}

/**
 * Runs a program with its output in a log file, and a sign of life while it lasts.
 * @param {string} name of the log file
 * @param {string[]} argv
 * @param {Record<string, string>} [env]
 * @returns {Promise<{ code: number, output: string, logFile: string }>}
 */
export async function runQuietly(name, argv, env = {}) {
  const [file = '', ...args] = argv;
  const start = Date.now();
  const child = spawn(file, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => chunks.push(chunk));
  }
  const heartbeat = setInterval(() => {
    announce(`still at it (${elapsed(start)})`);
  }, heartbeatSeconds * 1000);
  const code = await new Promise((resolve) => {
    child.once('error', (error) => {
      chunks.push(Buffer.from(`${error.message}\n`));
      resolve(127);
    });
    child.once('close', (exit) => resolve(exit ?? 1));
  });
  clearInterval(heartbeat);
  const output = Buffer.concat(chunks).toString('utf8');
  const logFile = join(cacheFolder, 'setup', `${name}.log`);
  mkdirSync(dirname(logFile), { recursive: true });
  writeFileSync(logFile, output);
  return { code, output, logFile };
}

/** As runQuietly, for what must succeed. @throws SetupError with the output, shortened in the middle. */
export async function mustQuietly(name, argv, env) {
  const { code, output, logFile } = await runQuietly(name, argv, env);
  if (code !== 0) {
    throw new SetupError(
      `${shorten(output)}\n${argv.join(' ')} failed with exit ${code}; whole log: ${logFile}`,
    );
  }
  return output;
}

function shorten(output) {
  const lines = output.trimEnd().split('\n');
  const { first, last } = shownLines;
  if (lines.length <= first + last) return lines.join('\n');
  return [...lines.slice(0, first), '...', ...lines.slice(-last)].join('\n');
}

/**
 * Runs a program on this terminal.
 * @param {string[]} argv
 * @param {Record<string, string>} [env]
 * @returns {Promise<number>} its exit code
 */
export function runVisibly(argv, env = {}, output = 'inherit') {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', output, 'inherit'],
  });
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new SetupError(`${file}: ${error.message}`)));
    child.once('close', (code) => resolve(code ?? 1));
  });
}
