/** The few man(7) macros that the manual pages use; a page is a list of source lines. */

export type Roff = readonly string[];

/** A text as it is: nothing in it is a macro, a font or a hyphen that may break. */
export function escaped(text: string): string {
  const plain = text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('~', '\\(ti');
  return /^[.']/.test(plain) ? `\\&${plain}` : plain;
}

/** What is typed as it stands. */
export function bold(text: string): string {
  return `\\fB${escaped(text)}\\fR`;
}

/** What stands for something else. */
export function italic(text: string): string {
  return `\\fI${escaped(text)}\\fR`;
}

/** Text in which words between backquotes are typed as they stand. */
export function prose(text: string): string {
  const parts = text.split('`');
  return parts.map((part, index) => (index % 2 === 1 ? bold(part) : escaped(part))).join('');
}

export function page(name: string, parts: readonly Roff[]): string {
  const lines = [
    '.\\" Generated from the menus: change them there and run "npm run generate".',
    `.TH ${name.toUpperCase()} 8 "" ipsecctl "System Administration"`,
    // Words of the language must not be broken at hyphens, nor stretched.
    '.nh',
    '.ad l',
    ...parts.flat(),
  ];
  return `${lines.join('\n')}\n`;
}

export function section(title: string, ...parts: readonly Roff[]): Roff {
  return [`.SH ${title}`, ...parts.flat()];
}

export function subsection(title: string, ...parts: readonly Roff[]): Roff {
  return [`.SS "${escaped(title)}"`, ...parts.flat()];
}

export function paragraph(text: string): Roff {
  return ['.PP', prose(text)];
}

/** A term in the margin and what it is; the term is source already. */
export function item(term: string, text: string): Roff {
  return ['.TP', term, prose(text)];
}

/** Lines as they are typed or shown. */
export function example(...lines: readonly string[]): Roff {
  return ['.PP', '.RS 4', '.nf', ...lines.map(escaped), '.fi', '.RE'];
}
