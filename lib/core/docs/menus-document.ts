/** `docs/menus.md`: every menu with its properties, statistics and commands. */
import { weakWordsOf } from '../config/weakness.js';
import { anchor, code, table } from './markdown.js';
import type { CommandFacts, MenuFacts } from './menu-facts.js';
import { allMenus, everyCommand } from './menu-facts.js';
import { argumentText, valueWords } from './value-words.js';

const preface = `<!-- Generated from the menus: change them there and run "npm run generate". -->

# Menus

What \`/ip ipsec\` offers. Names of menus, commands, properties and words may be shortened as long as they
stay unambiguous; names of items are written in full. Under **Default** stands what \`add\` takes when nobody
says anything else; *required* means that it must be said. Values marked as secret are shown to whoever asks
for them with \`print\`, \`get\` or \`export\`, and kept out of logs and errors.
`;

export function menusDocument(): string {
  const menus = allMenus();
  const list = menus.map(({ path, menu }) => `- [${path}](#${anchor(path)}): ${menu.help}`);
  const lines = [
    preface,
    ...list,
    '- [Weak values](#weak-values)',
    '- [Commands](#commands)',
    '',
    ...menus.flatMap(menuSection),
    ...weakSection(menus),
    '## Commands',
    '',
    'Which menu has which stands with the menu; those after a colon can be given anywhere. The language itself is described in ipsecctl(8).',
    '',
    ...everyCommand().flatMap(commandSection),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function menuSection(facts: MenuFacts): readonly string[] {
  const { path, menu, readOnly, statistics, legacy, later, commands } = facts;
  return [
    `## ${path}`,
    '',
    `${sentence(menu.help)}${nature(facts)}`,
    '',
    ...(readOnly ? shownProperties(facts) : writableProperties(facts)),
    ...titled(
      'Statistics, shown by `print stats`:',
      table(
        ['Name', 'Values', 'Meaning'],
        statistics.map(({ name, type, help }) => [code(name), valueWords(type, code), help]),
      ),
    ),
    ...titled(
      'Accepted for old scripts, never shown:',
      table(
        ['Argument', 'Values', 'Meaning'],
        legacy.map(({ name, grammar, help }) => [code(name), grammar, help]),
      ),
    ),
    ...titled(
      'Arguments of later versions that `import` reads, those without effect only with `compat=yes`:',
      table(
        ['Argument', 'Meaning'],
        later.map(({ name, meaning }) => [code(name), meaning]),
      ),
    ),
    `Commands: ${commands.map(({ name }) => code(name)).join(', ')}.`,
    '',
  ];
}

/** Each word and its reason once, with the properties that have it. */
function weakSection(menus: readonly MenuFacts[]): readonly string[] {
  const places = new Map<string, { word: string; why: string; properties: Set<string> }>();
  for (const { menu, readOnly } of menus) {
    if (readOnly) continue;
    for (const [property, words] of weakWordsOf(menu)) {
      for (const [word, why] of Object.entries(words)) {
        const known = places.get(`${word} ${why}`) ?? { word, why, properties: new Set() };
        places.set(`${word} ${why}`, known);
        known.properties.add(`${menu.name} ${code(property)}`);
      }
    }
  }
  return [
    '## Weak values',
    '',
    'They work as the manual says, and new items have some of them: choose others wherever the peer can. They are marked in this document, where values are offered, by `explain`, in JSON (`weak` names the properties) and in the log whenever a phase is established with them. The exchange modes are weak because there are no other proofs than pre-shared keys; so is a secret that is easily guessed, which `explain`, JSON and the log tell without showing it.',
    '',
    ...table(
      ['Word', 'Of', 'Why it is weak'],
      [...places.values()].map(({ word, why, properties }) => [
        code(word),
        [...properties].join(', '),
        sentence(why),
      ]),
    ),
  ];
}

function sentence(help: string): string {
  return `${help.charAt(0).toUpperCase()}${help.slice(1)}.`;
}

function nature({ readOnly, menu, flags }: MenuFacts): string {
  const legend = flags.map(({ letter, word }) => `${code(letter)} ${word}`).join(', ');
  return [
    readOnly ? ' Read-only.' : '',
    menu.ordered ? ' The order of the items matters: the first that matches decides.' : '',
    menu.permanentItem === undefined ? '' : ` The item ${code(menu.permanentItem)} always exists.`,
    legend === '' ? '' : ` Flags: ${legend}.`,
  ].join('');
}

function titled(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, '', ...lines];
}

function shownProperties({ properties }: MenuFacts): readonly string[] {
  return table(
    ['Value', 'Form', 'Meaning'],
    properties.map(({ name, type, help, secret }) => [
      code(name),
      valueWords(type, code),
      secret ? `${help} Secret.` : help,
    ]),
  );
}

function writableProperties({ properties, menu }: MenuFacts): readonly string[] {
  return table(
    ['Property', 'Values', 'Default', 'Meaning'],
    properties.map(({ name, type, help, secret, required, default: initial = '' }) => [
      code(name),
      valueWords(type, code),
      required ? '*required*' : code(initial),
      [
        help,
        menu.properties[name]?.unique ? 'No two items may share it.' : '',
        secret ? 'Secret.' : '',
      ]
        .filter((part) => part !== '')
        .join(' '),
    ]),
  );
}

function commandSection(facts: CommandFacts): readonly string[] {
  const takes = [
    ...(facts.takesProperties ? ['The properties of the menu are arguments of it.'] : []),
    ...(facts.takesCondition ? ['Conditions choose the items.'] : []),
  ];
  return [
    `### ${facts.name}`,
    '',
    [facts.help, ...takes].join(' '),
    '',
    ...table(
      ['Argument', 'Meaning'],
      [
        ...facts.arguments.map((each) => [code(`${each.name}=`), argumentText(each, code)]),
        ...facts.keywords.map(({ name: keyword, help }) => [code(keyword), help]),
      ],
    ),
  ];
}
