/** Programs that use the package as installed: in a folder of their own, found by name. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiled, type Ended, Program } from './daemon-process.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

export class ProgramFolder {
  readonly directory = mkdtempSync(join(tmpdir(), 'ipsec-program-'));

  constructor() {
    compiled('lib/index.js');
    mkdirSync(join(this.directory, 'node_modules'));
    symlinkSync(root, join(this.directory, 'node_modules', 'ipsecctl'));
    this.write('package.json', '{ "type": "module" }');
  }

  write(name: string, text: string): string {
    const path = join(this.directory, name);
    writeFileSync(path, text);
    return path;
  }

  /** Runs a module to its end. */
  run(source: string): Promise<Ended> {
    const program = new Program(this.write('program.js', source), []);
    program.end();
    return program.ended;
  }

  /**
   * What the compiler says about a module in TypeScript and every type it reaches, its strictest options
   * on: nothing but the language is there, no types of Node's and none of a browser's.
   */
  async compile(source: string, lib: readonly string[] = ['es2022']): Promise<string> {
    this.write('program.ts', source);
    const compilerOptions = {
      ...{ module: 'nodenext', target: 'es2022', strict: true, noEmit: true, lib, types: [] },
      ...{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
      ...{ noPropertyAccessFromIndexSignature: true, skipLibCheck: false },
    };
    this.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['program.ts'] }));
    const compiler = new Program(join(root, 'node_modules', 'typescript', 'bin', 'tsc'), [
      ...['-p', this.directory, '--pretty', 'false'],
    ]);
    return (await compiler.ended).stdout;
  }

  close(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
