/** Our sources as the house rules look at them: their imports, and their code without comments and strings. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

export interface SourceFile {
  /** Relative to the repository root, with slashes. */
  readonly path: string;
  readonly text: string;
  /** `text` with comments and the insides of strings and regular expressions blanked; lines stay in place. */
  readonly code: string;
  /** What it imports: a path like `path` for our own files (ending .ts), else the package or `node:` name. */
  readonly imports: readonly string[];
}

/** All .ts files below the folder, declaration files left out. */
export function readSources(root: string, folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .sort()
    .map((name) => sourceFile(join(folder, name), readFileSync(join(root, folder, name), 'utf8')));
}

export function sourceFile(path: string, text: string): SourceFile {
  return { path, text, code: codeOnly(text), imports: importsOf(path, text) };
}

/** Static imports, re-exports and `import('...')` of a literal. */
function importsOf(path: string, text: string): string[] {
  const found = text.matchAll(
    /(?:^(?:import|export)\b[^'";]*?from\s*|^import\s*|\bimport\(\s*)['"]([^'"]+)['"]/gm,
  );
  return [...found].map(([, target = '']) =>
    target.startsWith('.')
      ? normalize(join(dirname(path), target)).replace(/\.js$/, '.ts')
      : target,
  );
}

// Whole tokens, tried at each place in order. A slash starts a regular expression only after something
// that cannot end an operand.
const token =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|(?<=(?:^|[(,=:[!&|?{};\n]|\breturn)\s*)\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/g;

/** Template literals are blanked whole, so code inside `${}` is not seen. */
export function codeOnly(text: string): string {
  return text.replace(token, (match) => match.replace(/[^\n]/g, ' '));
}

/** `path:line` of each place where the pattern (global) matches the code. */
export function placesOf(file: SourceFile, pattern: RegExp, text: string = file.code): string[] {
  return [...text.matchAll(pattern)].map(({ index }) => {
    const line = text.slice(0, index).split('\n').length;
    return `${file.path}:${line}: ${file.text.split('\n')[line - 1]?.trim()}`;
  });
}
