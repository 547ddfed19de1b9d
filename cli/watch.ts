/** `--watch`: what happens, an event a line, until Ctrl-C. */
import { printable, quote } from '../lib/core/config/quoting.js';
import { palette } from '../lib/core/console/palette.js';
import type { WatchEvent } from '../lib/core/control/watch-event.js';
import type { OutputForm } from './output-form.js';

/** The exit code: Ctrl-C is how this is meant to end. */
export async function watch(events: AsyncIterable<WatchEvent>, form: OutputForm): Promise<number> {
  process.once('SIGINT', () => process.exit(0));
  for await (const event of events) {
    process.stdout.write(`${form.json ? JSON.stringify(event) : eventLine(event, form)}\n`);
  }
  return 0;
}

/** An event for a person, in local time. */
export function eventLine(event: WatchEvent, { colour }: Pick<OutputForm, 'colour'>): string {
  const { menu, error } = palette(colour);
  const time = new Date(event.epochSeconds * 1000).toTimeString().slice(0, 8);
  switch (event.kind) {
    case 'table': {
      const { id, change, item = {} } = event;
      return [time, menu(event.menu), id, change, ...propertyTexts(item)].join(' ');
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

function propertyTexts(item: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(item)
    .filter(([name]) => !shownOtherwise.includes(name))
    .map(([name, value]) => `${name}=${valueText(value)}`);
}

function valueText(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (value === null) return 'none';
  if (Array.isArray(value)) return value.map(valueText).join(',');
  const text = String(value);
  return /^[\w.:/*+,@-]+$/.test(text) ? text : quote(text);
}
