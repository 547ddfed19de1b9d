/** The answer of `explain` as lines for a person. */
import { spiText } from '../base/spi.js';
import { flowText, policyName } from './decision.js';
import type {
  Decider,
  Explanation,
  InboundVerdict,
  OutboundVerdict,
  Transform,
  Verdict,
} from './explanation.js';

/** A line, and how far it is set in: what does not fit goes on below it. */
export interface Line {
  readonly indent: number;
  readonly text: string;
}

export function explanationLines({ out, in: inbound }: Explanation): readonly Line[] {
  return [
    { indent: 0, text: `out ${flowText(out.flow)}${lengthText(out)}: ${outFate(out)}` },
    ...verdictLines(out),
    ...roomLines(out),
    { indent: 0, text: `in ${flowText(inbound.flow)}: ${inFate(inbound)}` },
    ...verdictLines(inbound),
  ];
}

function lengthText({ length }: OutboundVerdict): string {
  if (length === undefined) return '';
  return `, ${length.bytes} bytes${length.dontFragment ? ' with DF' : ''}`;
}

function outFate({ fate, isFragmented }: OutboundVerdict): string {
  const pieces = isFragmented ? ', in fragments' : '';
  switch (fate) {
    case 'encrypted':
      return `it leaves encrypted${pieces}`;
    case 'clear':
      return `it leaves in clear${pieces}`;
    case 'dropped':
      return 'it is dropped';
  }
}

function inFate({ fate, inClear, isLocal }: InboundVerdict): string {
  const way = isLocal ? 'for this router' : 'through this router';
  if (fate === 'dropped') return `the answer, ${way}, is dropped`;
  if (fate === 'clear') return `the answer, ${way}, may come in clear`;
  return inClear === 'dropped'
    ? `the answer, ${way}, must come encrypted`
    : `the answer, ${way}, may come in clear while there are no SAs`;
}

function verdictLines(verdict: Verdict): readonly Line[] {
  return [
    ...verdict.passedOver.map(({ number, reasons }) => ({
      indent: 2,
      text: `${policyName(number)} does not decide: ${reasons.join('; ')}`,
    })),
    { indent: 2, text: deciderText(verdict.decider) },
    ...verdict.transforms.map((transform) => ({ indent: 4, text: transformText(transform) })),
    ...verdict.causes.map(({ text }) => ({ indent: 2, text: `! ${text}` })),
  ];
}

function deciderText(decider: Decider): string {
  switch (decider.kind) {
    case 'row':
      return `${policyName(decider.number)} decides: ${decider.text}`;
    case 'none':
      return 'no policy matches, so it passes as it is';
    case 'isakmp':
      return 'the packets of IKE itself pass (UDP port 500)';
    case 'foreign':
      return `a policy of another program decides: ${decider.text}`;
  }
}

function transformText({
  protocol,
  mode,
  source,
  destination,
  spi,
  algorithms,
  number,
}: Transform): string {
  const whose = number === undefined ? '' : `, of ${policyName(number)}`;
  return `${protocol} ${mode} ${source} -> ${destination} spi=${spiText(spi)} (${algorithms})${whose}`;
}

function roomLines({ mtu, fate }: OutboundVerdict): readonly Line[] {
  if (mtu === undefined || fate === 'dropped') return [];
  return [{ indent: 2, text: `packets of up to ${mtu} bytes leave in one piece` }];
}
