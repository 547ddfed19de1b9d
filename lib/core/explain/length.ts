/** Whether a packet of some length leaves in one piece, in several, or not at all. */
import { protocolNumbers } from '../config/values/protocol.js';
import type { InstalledSa } from '../dataplane/types.js';
import { reqidOfPolicy } from '../policy/manual-sas.js';
import type { NumberedPolicy } from '../policy/row-of.js';
import { ownerOf, policyName } from './decision.js';
import type { Cause } from './explanation.js';
import type { PacketLength, Question, RouteFacts } from './facts.js';
import { roomBelow } from './room.js';

/** How a packet that no policy drops would leave. */
export interface Way {
  /** The row that decides, if it is one. */
  readonly row: NumberedPolicy | undefined;
  /** What it passes, the innermost first; none: it leaves in clear. */
  readonly sas: readonly InstalledSa[];
  readonly route: RouteFacts;
}

export type Fit =
  | { readonly kind: 'whole' | 'fragmented' }
  | { readonly kind: 'dropped'; readonly cause: Cause };

/** Bytes of the largest packet that leaves in one piece: both its own way and that of its SAs must bear it. */
export function roomOn({ facts, flow }: Question, { sas, route }: Way): number {
  const outermost = sas.at(-1);
  if (outermost === undefined) return route.mtu;
  const { source, destination, protocol } = outermost;
  const outside =
    destination === flow.destination
      ? route
      : facts.routeOf({ source, destination, protocol: protocolNumbers[protocol] });
  const outer = outside === undefined || outside === 'noRoute' ? route : outside;
  return Math.min(route.mtu, roomBelow(outer.mtu, sas));
}

/** `room`: bytes that leave in one piece. */
export function fitOf(question: Question, way: Way, room: number, length: PacketLength): Fit {
  if (length.bytes <= room) return { kind: 'whole' };
  if (length.dontFragment && !losesDf(question, way)) {
    return { kind: 'dropped', cause: refused(question, way, room, length) };
  }
  const last = outermostRow(question, way);
  if (last?.policy['dont-fragment'] !== 'set' || !question.facts.hasPacketFilter) {
    return { kind: 'fragmented' };
  }
  return {
    kind: 'dropped',
    cause: {
      text: `dont-fragment=set of ${policyName(last.number)} puts DF into the encrypted packet, and of ${length.bytes} bytes only ${room} leave in one piece: it is dropped, and its sender not told; set dont-fragment=inherit or clear`,
      row: { menu: 'policy', number: last.number },
    },
  };
}

/** Our nftables take DF off what is forwarded and will be encrypted by a row with `clear` (E-33). */
function losesDf(question: Question, way: Way): boolean {
  return question.facts.hasPacketFilter && isForwarded(question) && clearsDf(way);
}

function isForwarded({ facts, flow }: Question): boolean {
  return !facts.localAddresses.includes(flow.source);
}

function clearsDf({ row, sas }: Way): boolean {
  return sas.length > 0 && row?.policy['dont-fragment'] === 'clear';
}

function refused(question: Question, way: Way, room: number, { bytes }: PacketLength): Cause {
  const { row, sas, route } = way;
  const fault = `it has DF and ${bytes} bytes, of which ${room} leave in one piece: it is refused, and its sender told so ("fragmentation needed", mtu ${room})`;
  if (sas.length === 0) return { text: `${fault}; ${route.device} takes no more` };
  if (!isForwarded(question)) {
    return { text: `${fault}; Linux lets no dont-fragment change what this router itself sends` };
  }
  if (row === undefined) return { text: fault };
  const where = { menu: 'policy', number: row.number };
  return clearsDf(way)
    ? {
        text: `${fault}; dont-fragment=clear lets it through with nftables alone, which does not work here: the log says why`,
        row: where,
      }
    : {
        text: `${fault}; set dont-fragment=clear at ${policyName(row.number)} to have it fragmented once it is encrypted`,
        row: where,
      };
}

/** The row whose `dont-fragment` the encrypted packet has. */
function outermostRow(question: Question, { row, sas }: Way): NumberedPolicy | undefined {
  const reqid = sas.at(-1)?.reqid;
  if (reqid === undefined) return undefined;
  // Rows with the same manual keys share the number.
  return row !== undefined && reqidOfPolicy(row.policy) === reqid ? row : ownerOf(question, reqid);
}
