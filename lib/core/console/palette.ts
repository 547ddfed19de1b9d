/** The colours of a console (C-38); without colours every text stays as it is. */

export interface Palette {
  menu(text: string): string;
  command(text: string): string;
  property(text: string): string;
  error(text: string): string;
}

const plain = (text: string) => text;

/** SGR sequences of ECMA-48: a foreground colour, and back to the terminal's own. */
const foreground = (code: number) => (text: string) => `\x1b[${code}m${text}\x1b[39m`;

const none: Palette = { menu: plain, command: plain, property: plain, error: plain };

const colours: Palette = {
  menu: foreground(36),
  command: foreground(35),
  property: foreground(32),
  error: foreground(31),
};

export function palette(colour: boolean): Palette {
  return colour ? colours : none;
}
