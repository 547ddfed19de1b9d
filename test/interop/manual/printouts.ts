/** `installed-sa print` compared with the manual's samples, which have other keys and times. */

const dates = /[a-z]{3}\/\d{2}\/\d{4} \d{2}:\d{2}:\d{2}/g;

/** One line an SA, without flags and with what differs each time reduced to its form. */
export function shapeOf(printout: string): string[] {
  return printout
    .split(/^ +\d+ [AEPM ]+ (?=spi=)/m)
    .slice(1)
    .map((entry) =>
      entry
        .replaceAll(/\s+/g, ' ')
        .trim()
        .replace(/^spi=\S+/, 'spi=SPI')
        .replaceAll(/"[0-9a-f]*"/g, (key) => `"${key.length - 2} digits"`)
        .replaceAll(dates, 'DATE')
        .replace(/current-bytes=\d+$/, 'current-bytes=COUNT'),
    );
}
