/** How much a storm has of what it is about: a part in each run, the whole when IPSECCTL_WHOLE_STORM=1 asks for it. */
const isWhole = process.env['IPSECCTL_WHOLE_STORM'] === '1';

/** A minute of them, one every two seconds. */
export const kills = isWhole ? 30 : 8;
export const edits = isWhole ? 1000 : 250;
/** Of policies there are six kinds, of the other three menus five; a few edits do not meet all. */
export const kindsWanted = isWhole ? 21 : 18;
