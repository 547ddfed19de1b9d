/** Edits of rows that no packet of the test meets, one command each, in the words of the console. */
import type { Client } from '../../../lib/client/client.js';
import type { Random } from '../../simulator/random.js';

const menus = ['policy', 'peer', 'pre-shared-secret', 'proposal'] as const;
type MenuName = (typeof menus)[number];

/** So many rows of a menu come and go. */
const mostRows: Readonly<Record<MenuName, number>> = {
  policy: 60,
  peer: 8,
  'pre-shared-secret': 8,
  proposal: 8,
};

/** One router's other rows, known by their comments. */
export class RandomEdits {
  readonly #client: Client;
  readonly #random: Random;
  /** Comments of rows among which others may be placed and which are never changed. */
  readonly #untouched: readonly string[];
  readonly #side: 1 | 2;
  readonly #rows: Readonly<Record<MenuName, string[]>> = {
    policy: [],
    peer: [],
    'pre-shared-secret': [],
    proposal: [],
  };
  #made = 0;

  constructor(client: Client, random: Random, untouched: readonly string[], side: 1 | 2) {
    this.#client = client;
    this.#random = random;
    this.#untouched = untouched;
    this.#side = side;
  }

  /** Makes one edit. @throws Error when it is refused for another reason than a proposal in use. */
  async make(): Promise<string> {
    const menu = this.#random.pick([...menus, 'policy', 'policy', 'policy'] as const);
    const { verb, row, words } = this.#command(menu);
    const text = `/ip ipsec ${menu} ${verb} ${words}`;
    const { error } = await this.#client.execute(text);
    if (error?.text.endsWith('item is used by policy')) return this.make();
    if (error !== undefined) throw new Error(`${text}: ${error.text}`);
    const rows = this.#rows[menu];
    if (verb === 'add') rows.push(row);
    if (verb === 'remove') rows.splice(rows.indexOf(row), 1);
    return `${menu} ${verb}`;
  }

  #command(menu: MenuName): {
    readonly verb: string;
    readonly row: string;
    readonly words: string;
  } {
    const rows = this.#rows[menu];
    if (rows.length === 0 || (rows.length < mostRows[menu] && this.#random.chance(0.3))) {
      this.#made += 1;
      const row = `other${this.#made}`;
      return { verb: 'add', row, words: this.#addition(menu, row) };
    }
    const verbs = [
      'set',
      'set',
      'disable',
      'enable',
      'remove',
      ...(menu === 'policy' ? ['move'] : []),
    ];
    const verb = this.#random.pick(verbs);
    const row = this.#random.pick(rows);
    const values = { set: this.#values(menu), move: this.#anyPolicyBut(row) }[verb] ?? '';
    return { verb, row, words: `${found(row)} ${values}` };
  }

  #addition(menu: MenuName, row: string): string {
    const place = menu === 'policy' ? ` place-before=${this.#anyPolicyBut(row)}` : '';
    const name = menu === 'proposal' ? ` name=${row}` : '';
    return `comment=${row}${name} ${this.#key(menu)} ${this.#values(menu)}${place}`;
  }

  /** What a new row cannot be without, and what no two may have in common. */
  #key(menu: MenuName): string {
    const host = `10.9.${this.#made >> 8}.${this.#made & 255}`;
    switch (menu) {
      case 'policy':
        return `src-address=172.16.${this.#made % 250}.0/24 dst-address=192.168.${this.#random.integer(0, 255)}.0/24`;
      case 'peer':
        return `address=${host}`;
      case 'pre-shared-secret':
        return `address=${host}`;
      case 'proposal':
        return '';
    }
  }

  #values(menu: MenuName): string {
    const random = this.#random;
    switch (menu) {
      case 'policy':
        return [
          `action=${random.pick(['accept', 'drop', 'encrypt', 'encrypt'])}`,
          `level=${random.pick(['use', 'acquire', 'require'])} tunnel=yes`,
          `protocol=${random.pick(['all', 'tcp', 'icmp'])}`,
          `ipsec-protocols=${random.pick(['esp', 'ah', 'ah,esp'])}`,
          `sa-src-address=1.0.0.${this.#side}`,
          // The peer of the tunnels, and others that are not there.
          `sa-dst-address=${random.pick([`1.0.0.${3 - this.#side}`, '1.0.0.9', '192.0.2.1'])}`,
          `proposal=${random.pick(['default', ...this.#rows.proposal])}`,
        ].join(' ');
      case 'peer':
        return `exchange-mode=${random.pick(['main', 'aggressive'])} dh-group=${random.pick(['modp1024', 'modp2048'])}`;
      case 'pre-shared-secret':
        return `secret=umbrella${random.integer(0, 999)}`;
      case 'proposal':
        return `lifetime=${random.integer(10, 60)}m pfs-group=${random.pick(['none', 'modp1024'])}`;
    }
  }

  #anyPolicyBut(row: string): string {
    const all = [...this.#untouched, ...this.#rows.policy];
    return found(this.#random.pick(all.filter((other) => other !== row)));
  }
}

function found(comment: string): string {
  return `[find comment=${comment}]`;
}
