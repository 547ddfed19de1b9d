/** What a run says itself, besides what its commands print: about files, and about what it skipped. */
import { jsonLine } from './commands/answer.js';
import type { ExecuteError, ExecuteOptions } from './console-host.js';

export class Notices {
  readonly #isJson: boolean;

  constructor(form: ExecuteOptions['form']) {
    this.#isJson = form === 'json';
  }

  /** C-45 */
  opening(file: string, dryRun: boolean): string {
    if (this.#isJson) return jsonLine({ import: { file, dryRun, state: 'opened' } });
    return `Opening script file ${file}\n\n`;
  }

  /** C-45 */
  finished(file: string, dryRun: boolean): string {
    if (this.#isJson) return jsonLine({ import: { file, dryRun, state: 'finished' } });
    return dryRun
      ? 'Script file checked successfully, nothing was changed\n'
      : 'Script file loaded and executed successfully\n';
  }

  /** What a dry run would not have done. */
  complaint(error: ExecuteError): string {
    return this.#isJson ? jsonLine({ error }) : `${error.text}\n`;
  }

  /** C-46 */
  warning(text: string, line: number, file: string | undefined): string {
    if (this.#isJson) return jsonLine({ warning: { text, line, ...(file && { file }) } });
    return `warning: ${text} (line ${line})\n`;
  }
}
