/** The export that tables make, written from the rules alone (C-07, C-40, C-41): what tests expect. */

/** In the order in which references exist on import. */
export const exportedTables = [
  'manual-sa',
  'proposal',
  'peer',
  'pre-shared-secret',
  'policy',
] as const;
export type ExportedTable = (typeof exportedTables)[number];

/** In print order (A.1 to A.6). */
export const propertyOrder: Readonly<Record<ExportedTable, readonly string[]>> = {
  'manual-sa': [
    ...['name', 'ah-algorithm', 'esp-auth-algorithm', 'esp-enc-algorithm', 'ah-key'],
    ...['esp-auth-key', 'esp-enc-key', 'ah-spi', 'esp-spi'],
  ],
  proposal: ['name', 'auth-algorithms', 'enc-algorithms', 'lifetime', 'lifebytes', 'pfs-group'],
  peer: [
    ...['address', 'exchange-mode', 'send-initial-contact', 'proposal-check', 'hash-algorithm'],
    ...['enc-algorithm', 'dh-group'],
  ],
  'pre-shared-secret': ['address', 'ident-string', 'secret'],
  policy: [
    ...['src-address', 'dst-address', 'protocol', 'action', 'level', 'ipsec-protocols', 'tunnel'],
    ...['sa-src-address', 'sa-dst-address', 'proposal', 'manual-sa', 'dont-fragment'],
  ],
};

/** What a row has that was added without a word about it; `address`, `secret` and `name` have none. */
export const defaults: Readonly<Record<ExportedTable, Row>> = {
  'manual-sa': {
    'ah-algorithm': 'null',
    'esp-auth-algorithm': 'null',
    'esp-enc-algorithm': 'null',
    'ah-key': '',
    'esp-auth-key': '',
    'esp-enc-key': '',
    'ah-spi': '100',
    'esp-spi': '100',
  },
  proposal: {
    'auth-algorithms': 'sha1',
    'enc-algorithms': '3des',
    lifetime: '30m',
    lifebytes: '0',
    'pfs-group': 'modp1024',
  },
  peer: {
    'exchange-mode': 'main',
    'send-initial-contact': 'yes',
    'proposal-check': 'strict',
    'hash-algorithm': 'md5',
    'enc-algorithm': '3des',
    'dh-group': 'modp1024',
  },
  'pre-shared-secret': { address: '0.0.0.0', 'ident-string': '' },
  policy: {
    'src-address': '0.0.0.0/32:any',
    'dst-address': '0.0.0.0/32:any',
    protocol: 'all',
    action: 'accept',
    level: 'require',
    'ipsec-protocols': 'esp',
    tunnel: 'no',
    'sa-src-address': '0.0.0.0',
    'sa-dst-address': '0.0.0.0',
    proposal: 'default',
    'manual-sa': 'none',
    'dont-fragment': 'clear',
  },
};

/** Canonical texts by property; `comment` and `disabled` are empty and no when they are not there. */
export type Row = Readonly<Record<string, string>>;

const strings = new Set(['name', 'ident-string', 'secret', 'comment']);
/** Columns of a line without its ` \`. */
const lineLength = 78;

/** All but the first line, which tells the time. */
export function exportText(
  tables: Readonly<Partial<Record<ExportedTable, readonly Row[]>>>,
): string {
  const parts = exportedTables.map((table) => {
    const rows = tables[table] ?? [];
    return rows.length === 0 ? '' : `/ ip ipsec ${table}\n${rows.map(lineOf(table)).join('')}`;
  });
  return `#\n${parts.join('')}`;
}

function lineOf(table: ExportedTable): (row: Row) => string {
  return (row) => {
    const isDefault = table === 'proposal' && row['name'] === 'default';
    const names = propertyOrder[table].filter((name) => !(isDefault && name === 'name'));
    const full: Row = { comment: '', disabled: 'no', ...row };
    const words = [...names, 'comment', 'disabled'].map((name) => {
      const text = full[name] ?? '';
      // The name in a reference is no string, but must be read again (C-08, C-43).
      const isBare = !strings.has(name) && /^[A-Za-z0-9._:/*+,@-]+$/.test(text);
      return `${name}=${isBare ? text : quoted(text)}`;
    });
    return wrapped([...(isDefault ? ['set', 'default'] : ['add']), ...words]);
  };
}

function wrapped(words: readonly string[]): string {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    const longer = line === '' ? word : `${line} ${word}`;
    if ([...longer].length <= lineLength || line === '') {
      line = longer;
      continue;
    }
    lines.push(line);
    line = `    ${word}`;
  }
  return `${[...lines, line].join(' \\\n')}\n`;
}

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  $: '\\$',
  '?': '\\?',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** A string as the console writes it (C-07). */
export function quoted(text: string): string {
  const bytes = new TextEncoder();
  const inner = [...text].map((character) => {
    const written = escapes[character];
    if (written !== undefined) return written;
    if (!/\p{C}/u.test(character)) return character;
    return [...bytes.encode(character)]
      .map((byte) => `\\${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join('');
  });
  return `"${inner.join('')}"`;
}
