/** The options of both programs, as the generated documents get them. */
import { clientOptions } from '../../../../cli/ipsecctl-options.js';
import { daemonOptions } from '../../../../cli/ipsecd-options.js';
import type { ProgramOptions } from '../../../../lib/core/docs/option-table.js';

export const programOptions: ProgramOptions = { ipsecctl: clientOptions, ipsecd: daemonOptions };
