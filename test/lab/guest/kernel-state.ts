/** Reads what `ip xfrm` prints about security associations and policies (iproute2 6.1). */

export interface KernelAlgorithm {
  /** The kernel's name, such as `cbc(des3_ede)`. */
  readonly name: string;
  /** Hexadecimal without 0x; empty for algorithms without a key. */
  readonly key: string;
}

export interface KernelSa {
  readonly source: string;
  readonly destination: string;
  readonly protocol: 'esp' | 'ah' | 'comp';
  readonly spi: number;
  readonly reqid: number;
  readonly mode: string;
  readonly replayWindow: number;
  /** Undefined for AH and for a larval SA (a reserved SPI, a pending acquire). */
  readonly encryption: KernelAlgorithm | undefined;
  readonly integrity: KernelAlgorithm | undefined;
  /** Bits of the truncated integrity check value, 0 if not told. */
  readonly integrityBits: number;
  readonly larval: boolean;
  readonly softSeconds: number;
  readonly hardSeconds: number;
  /** 0 = no limit. */
  readonly softBytes: number;
  readonly hardBytes: number;
  readonly bytes: number;
  readonly packets: number;
}

export interface KernelTemplate {
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly reqid: number;
  readonly mode: string;
  readonly level: 'required' | 'use';
}

export interface KernelPolicy {
  /** Prefixes, such as `10.1.0.0/24`. */
  readonly source: string;
  readonly destination: string;
  /** The rest of the selector as ip prints it, such as `proto udp sport 5`; empty = any. */
  readonly upper: string;
  readonly direction: 'in' | 'out' | 'fwd';
  readonly action: 'allow' | 'block';
  readonly priority: number;
  readonly templates: readonly KernelTemplate[];
}

/** Output of `ip -s xfrm state` (with counters) or `ip xfrm state` (counters and lifetimes 0). */
export function parseSas(text: string): KernelSa[] {
  return entries(text).map((entry) => {
    const [, source = '', destination = ''] = /^src (\S+) dst (\S+)/.exec(entry) ?? [];
    const aead = algorithm(entry, 'aead');
    const encryption = aead ?? algorithm(entry, 'enc');
    const integrity = algorithm(entry, 'auth-trunc') ?? algorithm(entry, 'auth');
    return {
      source,
      destination,
      protocol: word(entry, /^\tproto (\S+)/m) as KernelSa['protocol'],
      spi: Number(word(entry, /\bspi (0x[0-9a-f]+)/)),
      reqid: number(entry, /\breqid (\d+)/),
      mode: word(entry, /\bmode (\S+)/),
      replayWindow: number(entry, /^\treplay-window (\d+)/m),
      encryption,
      integrity,
      integrityBits: number(entry, /^\tauth-trunc .* (\d+)(?: \(\d+bits\))?\s*$/m),
      larval: encryption === undefined && integrity === undefined,
      softSeconds: number(entry, /expire add: soft (\d+)/),
      hardSeconds: number(entry, /expire add: soft \d+\(sec\), hard (\d+)/),
      softBytes: number(entry, /limit: soft (\d+)\(bytes\)/),
      hardBytes: number(entry, /limit: soft \S+\(bytes\), hard (\d+)\(bytes\)/),
      bytes: number(entry, /lifetime current:\s+(\d+)\(bytes\)/),
      packets: number(entry, /lifetime current:\s+\d+\(bytes\), (\d+)\(packets\)/),
    };
  });
}

/** Output of `ip xfrm policy`. Per-socket policies are left out: every IKE daemon has some. */
export function parsePolicies(text: string): KernelPolicy[] {
  return entries(text)
    .filter((entry) => /^\tdir /m.test(entry))
    .map((entry) => {
      const [head = '', ...templates] = entry.split(/^\ttmpl /m);
      const [, source = '', destination = '', upper = ''] =
        /^src (\S+) dst (\S+)(.*)$/m.exec(head) ?? [];
      return {
        source,
        destination,
        upper: upper.replace(/ uid \d+\s*$/, '').trim(),
        direction: word(head, /^\tdir (\S+)/m) as KernelPolicy['direction'],
        action: / action block\b/.test(head) ? 'block' : 'allow',
        priority: number(head, /\bpriority (\d+)/),
        templates: templates.map(parseTemplate),
      };
    });
}

function parseTemplate(text: string): KernelTemplate {
  return {
    source: word(text, /^src (\S+)/),
    destination: word(text, / dst (\S+)/),
    protocol: word(text, /\bproto (\S+)/),
    reqid: number(text, /\breqid (\d+)/),
    mode: word(text, /\bmode (\S+)/),
    level: /\blevel use\b/.test(text) ? 'use' : 'required',
  };
}

/** One text per SA or policy: a line that is not indented starts it. */
function entries(text: string): string[] {
  return text.split(/^(?=src )/m).filter((entry) => entry.startsWith('src '));
}

function algorithm(entry: string, kind: string): KernelAlgorithm | undefined {
  const [, name, key = ''] =
    new RegExp(`^\\t${kind} (\\S+)(?: (?:0x)?([0-9a-f]*))?`, 'm').exec(entry) ?? [];
  return name === undefined ? undefined : { name, key };
}

function word(text: string, pattern: RegExp): string {
  return pattern.exec(text)?.[1] ?? '';
}

function number(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? 0);
}
