/** Every file of the repository that is made from the menus and the options, with what belongs in it. */
import { schemaDocument } from '../config/schema.js';
import { ipsecctlPage } from './ipsecctl-page.js';
import { ipsecdPage } from './ipsecd-page.js';
import { menusDocument } from './menus-document.js';
import type { ProgramOptions } from './option-table.js';
import { bashCompletion, zshCompletion } from './shell-completions.js';

export interface GeneratedFile {
  /** Below the root of the repository. */
  readonly path: string;
  readonly text: string;
}

export function generatedFiles(options: ProgramOptions): readonly GeneratedFile[] {
  return [
    { path: 'docs/menus.md', text: menusDocument() },
    { path: 'man/ipsecctl.8', text: ipsecctlPage(options.ipsecctl) },
    { path: 'man/ipsecd.8', text: ipsecdPage(options.ipsecd) },
    { path: 'completions/ipsecctl.bash', text: bashCompletion(options) },
    { path: 'completions/_ipsecctl', text: zshCompletion(options) },
    {
      path: 'schema/ipsecctl.schema.json',
      text: `${JSON.stringify(schemaDocument(), undefined, 2)}\n`,
    },
  ];
}
