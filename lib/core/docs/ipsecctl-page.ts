/** The manual page ipsecctl(8): the program, its language, and every menu. */
import { languageSection } from './language-section.js';
import { limitsSection } from './limits-section.js';
import type { CommandFacts, MenuFacts, PropertyFacts } from './menu-facts.js';
import { allMenus, everyCommand } from './menu-facts.js';
import type { OptionTable } from './option-table.js';
import { practiceSections } from './practice-sections.js';
import { anyOption, optionSection, synopsis } from './program-page.js';
import type { Roff } from './roff.js';
import {
  bold,
  escaped,
  example,
  italic,
  item,
  page,
  paragraph,
  section,
  subsection,
} from './roff.js';
import { shellSection } from './shell-section.js';
import { argumentText, valueWords } from './value-words.js';

export function ipsecctlPage(options: OptionTable): string {
  return page('ipsecctl', [
    section('NAME', [`ipsecctl ${escaped('-')} commands for the IPsec daemon`]),
    synopsis('ipsecctl', [
      `${anyOption} ${italic('COMMAND')}`,
      `${anyOption} < ${italic('SCRIPT')}`,
      anyOption,
    ]),
    section(
      'DESCRIPTION',
      paragraph(
        'Runs commands in the tables of `/ip ipsec`, which ipsecd(8) keeps: one command from the arguments, or the commands on standard input in order, or on a terminal a shell with completion (Tab), help (`?`) and a history.',
      ),
      paragraph(
        'The first command that is refused ends the run. Nothing of it is done; what earlier commands did stays. Standard error says what is wrong, and where.',
      ),
    ),
    optionSection(options),
    languageSection(),
    shellSection(),
    practiceSections(),
    section('COMMANDS', ...everyCommand().map(commandItem)),
    section('MENUS', ...allMenus().map(menuPart)),
    section(
      'EXIT STATUS',
      item(bold('0'), 'Every command was carried out.'),
      item(
        bold('1'),
        'A command was refused, an option is wrong, or the daemon cannot be reached. Standard error says which.',
      ),
      paragraph('Leaving the shell, and ending `--watch` or `print interval=` by Ctrl-C, is 0.'),
    ),
    section(
      'ENVIRONMENT',
      item(bold('VISUAL, EDITOR'), 'The editor for the command `edit`; without them `vi`.'),
      item(
        bold('IPSECCTL_USER, IPSECCTL_NAME'),
        'What the prompt shows instead of `admin` and the host name.',
      ),
      item(bold('NO_COLOR'), 'No colours when it is set and not empty; `--colour` decides first.'),
      item(
        bold('XDG_STATE_HOME'),
        'The folder below which the history of the shell is kept, instead of `~/.local/state`.',
      ),
    ),
    section(
      'FILES',
      item(bold(`${options['socket']?.default ?? ''}`), 'The control socket of the daemon.'),
      item(
        bold('~/.local/state/ipsecctl/history'),
        'The last 1000 commands typed in the shell, for its user alone, without those that give a secret or a key.',
      ),
    ),
    section(
      'EXAMPLES',
      paragraph('Protects the traffic between two networks, and looks whether it works:'),
      example(
        'ipsecctl /ip ipsec policy add src-address=10.1.0.0/24 \\',
        '    dst-address=10.2.0.0/24 action=encrypt tunnel=yes \\',
        '    sa-src-address=192.0.2.1 sa-dst-address=192.0.2.2',
        'ipsecctl /ip ipsec peer add address=192.0.2.2',
        'ipsecctl /ip ipsec pre-shared-secret add address=192.0.2.2 secret=...',
        'ipsecctl /ip ipsec policy print stats',
      ),
      paragraph('The same on a router that masquerades: `docs/nat.md` in the package.'),
    ),
    limitsSection(),
    section('SEE ALSO', ['.BR ipsecd (8),', '.BR ip\\-xfrm (8)']),
  ]);
}

function commandItem(facts: CommandFacts): Roff {
  const details = [...facts.arguments, ...facts.keywords];
  const inner = details.flatMap((each) =>
    item(
      bold(each.name),
      argumentText(each, (word) => `\`${word}\``),
    ),
  );
  return [
    ...item(usageOf(facts), facts.help),
    ...(inner.length === 0 ? [] : ['.RS', ...inner, '.RE']),
  ];
}

/** `set [numbers=]VALUE [PROPERTY=VALUE]...` */
function usageOf(facts: CommandFacts): string {
  const value = italic('VALUE');
  const unnamed = facts.unnamed.map((name) => `[${bold(`${name}=`)}]${value}`);
  const named = facts.arguments
    .filter(({ name }) => !facts.unnamed.includes(name))
    .map(({ name }) => `[${bold(`${name}=`)}${value}]`);
  const keywords = facts.keywords
    .filter(({ name }) => name !== 'where')
    .map(({ name }) => `[${bold(name)}]`);
  const properties = facts.takesProperties
    ? [`[${italic('PROPERTY')}${bold('=')}${value}]...`]
    : [];
  const condition = facts.takesCondition ? [`[${bold('where')} ${italic('CONDITION')}]`] : [];
  return [bold(facts.name), ...unnamed, ...properties, ...named, ...keywords, ...condition].join(
    ' ',
  );
}

function menuPart(facts: MenuFacts): Roff {
  const { path, menu, flags, properties, statistics, commands } = facts;
  const legend = flags.map(({ letter, word }) => `\`${letter}\` ${word}`).join(', ');
  return subsection(
    path,
    paragraph(
      [
        `${menu.help.charAt(0).toUpperCase()}${menu.help.slice(1)}.`,
        facts.readOnly ? 'Read-only.' : '',
        legend === '' ? '' : `Flags: ${legend}.`,
        `Commands: ${commands.map(({ name }) => `\`${name}\``).join(', ')}.`,
      ]
        .filter((part) => part !== '')
        .join(' '),
    ),
    ...properties.map((property) => item(bold(property.name), propertyText(property))),
    ...(statistics.length === 0 ? [] : [paragraph('Statistics:')]),
    ...statistics.map(({ name, help }) => item(bold(name), help)),
  );
}

function propertyText({ help, type, required, default: initial }: PropertyFacts): string {
  const values = valueWords(type, (word) => `\`${word}\``);
  const facts = [
    `Values: ${values}.`,
    ...(initial === undefined
      ? []
      : [`Default: \`${initial}\`${initial.endsWith('.') ? '' : '.'}`]),
    ...(required ? ['Required.'] : []),
    ...(type.secret ? ['Secret.'] : []),
  ];
  return `${help} ${facts.join(' ')}`;
}
