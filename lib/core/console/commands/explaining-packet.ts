/** The command that says what becomes of a packet, and why: explain (D.1, D.2). */
import type { Flow } from '../../base/flow.js';
import type { Result } from '../../base/result.js';
import { ok } from '../../base/result.js';
import { formatId } from '../../config/item-id.js';
import type { PropertyType } from '../../config/property.js';
import { ip } from '../../config/values/address.js';
import { yesNo } from '../../config/values/enumeration.js';
import { integer } from '../../config/values/number.js';
import { protocol, protocolNumbers } from '../../config/values/protocol.js';
import { explainPacket } from '../../explain/explain.js';
import type { Explanation, OutboundVerdict, Verdict } from '../../explain/explanation.js';
import type { PacketLength } from '../../explain/facts.js';
import { explanationLines, type Line } from '../../explain/text.js';
import type { ConsoleError } from '../console-error.js';
import { refusedValue } from '../console-error.js';
import { fill, widthOf } from '../print/fill.js';
import { marginColumns } from '../print.js';
import { jsonLine } from './answer.js';
import type { Call, CommandSpec } from './command.js';
import { argument, refusedWithout } from './command.js';

const port = integer(1, 65_535);
/** Bytes: an IP header at least, and what its length field can say (RFC 791 3.1). */
const packetSize = integer(20, 65_535);
const icmp = 1;

const types = {
  src: ip,
  dst: ip,
  protocol,
  'src-port': port,
  'dst-port': port,
  'packet-size': packetSize,
  df: yesNo,
} as const satisfies Readonly<Record<string, PropertyType<unknown, unknown>>>;

export const explainFlow: CommandSpec = {
  name: 'explain',
  yields: true,
  help: 'Says what becomes of a packet and of its answer, and what to change.',
  keywords: [],
  unnamed: [],
  argumentHelp: {
    src: 'Source address of a packet that leaves or is forwarded.',
    dst: 'Destination address.',
    protocol: 'Absent: icmp, a ping.',
    'src-port': 'Of tcp and udp.',
    'dst-port': 'Of tcp and udp.',
    'packet-size': 'Bytes of the IP packet, header included; absent: it fits.',
    df: 'The packet may not be fragmented (DF); absent: it may.',
  },
  argumentTypes: types,
  arguments: () => Object.keys(types),
  run: (call) => {
    const flow = flowOf(call);
    if (!flow.ok) return flow;
    const length = lengthOf(call);
    if (!length.ok) return length;
    const { config, host, options, view } = call;
    const facts = host.packetFacts();
    const explanation = explainPacket({
      ...{ flow: flow.value, config, status: view.status, facts },
      ...(length.value && { length: length.value }),
    });
    if (options.form === 'json') return ok({ output: jsonLine(documentOf(explanation)) });
    const lines = explanationLines(explanation).flatMap((line) => filled(line, options.columns));
    return ok({ output: lines.map((line) => `${line}\n`).join('') });
  },
};

function flowOf(call: Call): Result<Flow, ConsoleError> {
  const missing = (['src', 'dst'] as const).filter((name) => argument(call, name) === undefined);
  if (missing.length > 0) return refusedWithout(call, missing);
  const source = argumentOf(call, 'src', ip, '');
  if (!source.ok) return source;
  const destination = argumentOf(call, 'dst', ip, '');
  if (!destination.ok) return destination;
  const number = argumentOf(call, 'protocol', protocol, icmp);
  if (!number.ok) return number;
  const from = argumentOf(call, 'src-port', port, undefined);
  if (!from.ok) return from;
  const to = argumentOf(call, 'dst-port', port, undefined);
  if (!to.ok) return to;
  return withPorts(call, {
    flow: { source: source.value, destination: destination.value, protocol: number.value },
    from: from.value,
    to: to.value,
  });
}

interface GivenFlow {
  readonly flow: Flow;
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** A port that is not given is one that no policy names. */
const someOtherPort = 0;

function withPorts(call: Call, { flow, from, to }: GivenFlow): Result<Flow, ConsoleError> {
  const given = argument(call, 'src-port') ?? argument(call, 'dst-port');
  if (given === undefined) return ok(flow);
  if (flow.protocol !== protocolNumbers.tcp && flow.protocol !== protocolNumbers.udp) {
    const hint = 'only protocol=tcp and protocol=udp have ports';
    return refusedValue({ kind: 'invalid' }, given.name, given.offset, hint);
  }
  return ok({
    ...flow,
    ports: { source: from ?? someOtherPort, destination: to ?? someOtherPort },
  });
}

function lengthOf(call: Call): Result<PacketLength | undefined, ConsoleError> {
  const bytes = argumentOf(call, 'packet-size', packetSize, undefined);
  if (!bytes.ok) return bytes;
  const dontFragment = argumentOf(call, 'df', yesNo, false);
  if (!dontFragment.ok) return dontFragment;
  if (bytes.value !== undefined) {
    return ok({ bytes: bytes.value, dontFragment: dontFragment.value });
  }
  const given = argument(call, 'df');
  if (given === undefined) return ok(undefined);
  const hint = 'give packet-size=BYTES too: DF matters to packets that do not fit';
  return refusedValue({ kind: 'invalid' }, given.name, given.offset, hint);
}

function argumentOf<T, D>(
  call: Call,
  name: string,
  type: PropertyType<T, unknown>,
  absent: D,
): Result<T | D, ConsoleError> {
  const given = argument(call, name);
  if (given === undefined) return ok(absent);
  const text = call.textOf(given);
  if (!text.ok) return text;
  const value = type.parse(text.value, call.parse);
  return value.ok ? value : refusedValue(value.error, name, given.offset);
}

function filled({ indent, text }: Line, columns: number): readonly string[] {
  const words = text.split(' ').map((word) => ({ text: word, width: widthOf(word) }));
  const margin = ' '.repeat(indent);
  return fill(words, columns - marginColumns - indent, columns - marginColumns - indent - 2).map(
    (line, index) => (index === 0 ? margin + line : `${margin}  ${line}`),
  );
}

/** The same as programs see it. */
function documentOf({ out, in: inbound }: Explanation) {
  return {
    out: outVerdictOf(out),
    in: { ...verdictOf(inbound), inClear: inbound.inClear, local: inbound.isLocal },
  };
}

function outVerdictOf(out: OutboundVerdict) {
  const { length, mtu, isFragmented } = out;
  const { packet, ...verdict } = verdictOf(out);
  return {
    packet: { ...packet, ...(length && { size: length.bytes, df: length.dontFragment }) },
    ...verdict,
    ...(mtu === undefined ? {} : { mtu }),
    ...(isFragmented === undefined ? {} : { fragmented: isFragmented }),
  };
}

function verdictOf({ flow, passedOver, decider, fate, transforms, causes }: Verdict) {
  const { source, destination, protocol: number, ports } = flow;
  return {
    packet: {
      src: source,
      dst: destination,
      protocol: number,
      ...(ports && { srcPort: ports.source, dstPort: ports.destination }),
    },
    fate,
    decider: decider.kind === 'row' ? { ...decider, id: formatId(decider.id) } : decider,
    passedOver: passedOver.map((row) => ({ ...row, id: formatId(row.id) })),
    sas: transforms,
    causes,
  };
}
