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
