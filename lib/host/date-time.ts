/** The console's `datetime` in the host's time zone (spec A.0). */

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');

/** `nov/24/2008 14:28:42`; 0 is the epoch, which prints as the manual's "never": jan/01/1970 00:00:00. */
export function formatDateTime(epochSeconds: number): string {
  if (epochSeconds === 0) return 'jan/01/1970 00:00:00';
  const at = new Date(epochSeconds * 1000);
  const two = (value: number) => `${value}`.padStart(2, '0');
  const date = `${months[at.getMonth()]}/${two(at.getDate())}/${at.getFullYear()}`;
  return `${date} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

const written = /^([a-z]{3})\/(\d{2})\/(\d{4}) (\d{2}):(\d{2}):(\d{2})$/;

/** The epoch second that is printed so; undefined when none is. */
export function parseDateTime(text: string): number | undefined {
  const parts = written.exec(text);
  if (parts === null) return undefined;
  const [, month = '', ...numbers] = parts;
  const [day = 0, year = 0, hours = 0, minutes = 0, seconds = 0] = numbers.map(Number);
  const at = new Date(year, months.indexOf(month), day, hours, minutes, seconds);
  const epochSeconds = at.getTime() / 1000;
  // Dates that do not exist run over into the next month, and would be printed otherwise.
  if (formatDateTime(epochSeconds) === text) return epochSeconds;
  return text === formatDateTime(0) ? 0 : undefined;
}
