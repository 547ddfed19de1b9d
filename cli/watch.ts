/** `--watch`: what happens, an event a line, until Ctrl-C. */
import { ClientError } from '../lib/client/client-error.js';
import { textOfJson } from '../lib/core/config/json-text.js';
import { propertyOf } from '../lib/core/config/menu.js';
import { printable } from '../lib/core/config/quoting.js';
import { consoleMenus } from '../lib/core/console/menu-tree.js';
import { palette } from '../lib/core/console/palette.js';
import { shownText, typedWord } from '../lib/core/console/value-text.js';
import type { WatchEvent } from '../lib/core/control/watch-event.js';
import type { OutputForm } from './output-form.js';

const lost = 'ERR_IPSEC_CONNECTION_LOST';

/** The exit code: Ctrl-C is how this is meant to end; the end of the daemon is told as such. */
export async function watch(events: AsyncIterable<WatchEvent>, form: OutputForm): Promise<number> {
  process.once('SIGINT', () => process.exit(0));
  try {
    for await (const event of events) {
      process.stdout.write(`${form.json ? JSON.stringify(event) : eventLine(event, form)}\n`);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== lost) throw error;
    throw new ClientError(lost, 'ipsecd has stopped', { cause: error });
  }
}

/** An event for a person, in local time. */
export function eventLine(event: WatchEvent, { colour }: Pick<OutputForm, 'colour'>): string {
  const { menu, error } = palette(colour);
  const time = new Date(event.epochSeconds * 1000).toTimeString().slice(0, 8);
  switch (event.kind) {
    case 'table': {
      const { id, change, item = {} } = event;
      return [time, menu(event.menu), id, change, ...propertyTexts(event.menu, item)].join(' ');
    }
    case 'engine': {
      const text = printable(event.message);
      const isTrouble = event.level === 'warn' || event.level === 'error';
      return `${time} ${isTrouble ? error(text) : text}`;
    }
    case 'lost':
      return `${time} ${error(`${event.count} events are missing: they came faster than they were read`)}`;
  }
}

/** The id stands in front, and the number is another one for everybody who prints. */
const shownOtherwise: readonly string[] = ['id', 'number'];

function propertyTexts(menu: string, item: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(item)
    .filter(([name]) => !shownOtherwise.includes(name))
    .map(([name, value]) => `${name}=${valueText(menu, name, value)}`);
}

/** As the console writes it; what programs see is another form of the same. */
function valueText(menu: string, name: string, value: unknown): string {
  const text = textOfJson(value) ?? '';
  const found = consoleMenus.find((one) => one.name === menu);
  const type = found && propertyOf(found, name)?.type;
  if (type === undefined || type.references !== undefined) return typedWord(text);
  const parsed = type.parse(text, { idOf: () => undefined });
  const written = parsed.ok ? type.format(parsed.value, writing) : text;
  return shownText(type, written ?? '');
}

/** Neither names nor moments are among the properties written with it. */
const writing = { nameOf: () => undefined, formatTime: (seconds: number) => `${seconds}` };
