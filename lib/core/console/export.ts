/** Tables as the commands that make them again (C-40, C-41). */
import type { AnyItem, AnyMenu } from '../config/menu.js';
import { commonProperties } from '../config/menu.js';
import type { FormatContext, Properties } from '../config/property.js';
import type { Piece } from './print/fill.js';
import { fill, widthOf } from './print/fill.js';
import { typedText, typedWord } from './value-text.js';

export interface ExportTable {
  /** The words of the menu. */
  readonly path: readonly string[];
  readonly menu: AnyMenu;
  readonly items: readonly AnyItem[];
}

export interface ExportOptions {
  readonly format: FormatContext;
  /** `TIME by PRODUCT` */
  readonly origin: string;
  /** Only what differs from the defaults. */
  readonly compact: boolean;
  /** Without secrets and keys. */
  readonly hideSensitive: boolean;
  /** One line per command, each with its whole path. */
  readonly terse: boolean;
}

const lineLimit = 78;
const indent = ' '.repeat(4);

/** Tables that others refer to must come first. */
export function exportText(tables: readonly ExportTable[], options: ExportOptions): string {
  const lines = [
    `# ${options.origin}`,
    ...(options.hideSensitive ? ['# incomplete: secrets and keys are left out'] : []),
    '#',
    ...tables.flatMap((table) => tableLines(table, options)),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function tableLines({ path, menu, items }: ExportTable, options: ExportOptions): string[] {
  const commands = items.map((item) => commandPieces(menu, item, options));
  // A command without values would say nothing: the permanent item as every system has it.
  const needed = commands.filter((pieces) => pieces.length > 1);
  if (needed.length === 0) return [];
  if (options.terse) {
    return needed.map((pieces) => [`/${path.join(' ')}`, ...pieces.map(textOf)].join(' '));
  }
  return [`/ ${path.join(' ')}`, ...needed.map(wrapped)];
}

function textOf({ text }: Piece): string {
  return text;
}

function wrapped(pieces: readonly Piece[]): string {
  return fill(pieces, lineLimit, lineLimit - indent.length).join(` \\\n${indent}`);
}

/** The command, and each `name=value` of it. */
function commandPieces(menu: AnyMenu, item: AnyItem, options: ExportOptions): readonly Piece[] {
  const { itemName, permanentItem } = menu;
  const isPermanent =
    itemName !== undefined && permanentItem !== undefined && item[itemName] === permanentItem;
  const command = isPermanent ? `set ${typedWord(permanentItem)}` : 'add';
  const values = exportedProperties(menu, options)
    .filter(([name]) => !(isPermanent && name === itemName))
    .flatMap(([name, property]) => {
      const { type, default: preset } = property;
      const text = type.format(item[name], options.format);
      const isDefault = preset !== undefined && text === type.format(preset.value, options.format);
      if (text === undefined || (options.compact && isDefault && !isAmbiguous(menu, name)))
        return [];
      return [`${name}=${typedText(type, text)}`];
    });
  return [command, ...values].map((text) => ({ text, width: widthOf(text) }));
}

/** Left out, it would mean something else to a later version, and to `import compat=yes`. */
function isAmbiguous({ laterDefaults }: AnyMenu, name: string): boolean {
  const later = laterDefaults?.[name];
  return later !== undefined && later !== 'varies';
}

function exportedProperties(menu: AnyMenu, { hideSensitive }: ExportOptions) {
  const { comment, disabled } = commonProperties;
  const all: Properties = { ...menu.properties, comment, disabled };
  return Object.entries(all).filter(([, { type }]) => !(hideSensitive && type.secret));
}
