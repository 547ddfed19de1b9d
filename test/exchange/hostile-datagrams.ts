/** Datagrams nobody honest sends, by the classes of the catalogue of hostile inputs. */
import { number32, payloadNumber, writeChain, writeHeader } from './rfc2409.js';

export interface Hostile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

interface Shape {
  readonly cookieI: Uint8Array;
  readonly cookieR: Uint8Array;
}

const zero = Buffer.alloc(8);

export function header(
  { cookieI, cookieR }: Shape,
  fields: { next: number; exchange?: number; flags?: number; messageId?: number; version?: number },
  bodyLength: number,
): Buffer {
  return writeHeader(
    {
      cookieI: Buffer.from(cookieI),
      cookieR: Buffer.from(cookieR),
      next: fields.next,
      version: fields.version ?? 0x10,
      exchange: fields.exchange ?? 2,
      flags: fields.flags ?? 0,
      messageId: fields.messageId ?? 0,
    },
    bodyLength,
  );
}

/** A message in clear with a true length. */
export function clear(
  shape: Shape,
  payloads: readonly (readonly [type: number, body: Uint8Array])[],
  fields: { exchange?: number; flags?: number; messageId?: number; version?: number } = {},
): Uint8Array {
  const { first, bytes } = writeChain(payloads);
  return Uint8Array.from(
    Buffer.concat([header(shape, { ...fields, next: first }, bytes.length), bytes]),
  );
}

function raw(shape: Shape, next: number, body: Uint8Array, fields = {}): Uint8Array {
  return Uint8Array.from(Buffer.concat([header(shape, { ...fields, next }, body.length), body]));
}

function patched(bytes: Uint8Array, at: number, values: readonly number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(values, at);
  return copy;
}

/** Attributes in the basic form. */
export function attributes(...pairs: readonly (readonly [type: number, value: number])[]): Buffer {
  return Buffer.concat(
    pairs.map(([type, value]) =>
      Buffer.from([0x80 | (type >> 8), type & 255, value >> 8, value & 255]),
    ),
  );
}

/** The attribute in the long form. */
export function longAttribute(type: number, value: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from([type >> 8, type & 255, value.length >> 8, value.length & 255]),
    value,
  ]);
}

export interface RawProposal {
  readonly number?: number;
  readonly protocol: number;
  readonly spi?: Uint8Array;
  readonly transforms: readonly { readonly id: number; readonly attributes: Uint8Array }[];
  /** What the count field says, when it lies. */
  readonly announced?: number;
}

/** Body of an SA payload for DOI IPSEC, identity only (RFC 2408 3.4 to 3.6). */
export function saBody(proposals: readonly RawProposal[], doi = 1, situation = 1): Buffer {
  const chained = (items: readonly Buffer[], type: number) =>
    Buffer.concat(
      items.map((item, index) => {
        const generic = Buffer.alloc(4);
        generic.writeUInt8(index < items.length - 1 ? type : 0, 0);
        generic.writeUInt16BE(item.length + 4, 2);
        return Buffer.concat([generic, item]);
      }),
    );
  const bodies = proposals.map(
    ({ number = 1, protocol, spi = Buffer.alloc(0), transforms, announced }) =>
      Buffer.concat([
        Buffer.from([number, protocol, spi.length, announced ?? transforms.length & 255]),
        spi,
        chained(
          transforms.map(({ id, attributes: list }, index) =>
            Buffer.concat([Buffer.from([(index + 1) & 255, id, 0, 0]), list]),
          ),
          3,
        ),
      ]),
  );
  return Buffer.concat([number32(doi), number32(situation), chained(bodies, 2)]);
}

/** The attributes of 3des/md5/modp1024 with a pre-shared key. */
export const goodPhase1 = attributes([11, 1], [12, 28_800], [1, 5], [3, 1], [2, 1], [4, 2]);

export const goodOffer = saBody([{ protocol: 1, transforms: [{ id: 1, attributes: goodPhase1 }] }]);

/** `shape`: cookies the datagrams carry where their class does not say otherwise. */
export function hostileDatagrams(shape: Shape): Hostile[] {
  const first = { cookieI: shape.cookieI, cookieR: zero };
  const offer = clear(first, [[payloadNumber.SA, goodOffer]]);
  const own = clear(shape, [[payloadNumber.SA, goodOffer]]);
  const list: Hostile[] = [];
  const add = (name: string, bytes: Uint8Array) => list.push({ name, bytes });

  for (const length of [0, 1, 4, 16, 27, 28]) add(`#1 ${length} bytes`, own.slice(0, length));
  for (const length of [0, 27, 28, own.length - 1, own.length + 1, 0xffff, 0xffffffff]) {
    add(`#1 header length ${length}`, patched(own, 24, [...number32(length)]));
    add(`#1 first message with header length ${length}`, patched(offer, 24, [...number32(length)]));
  }
  for (const version of [0x00, 0x01, 0x0f, 0x20, 0x2f, 0x30, 0xf0, 0xff]) {
    add(`#3 version ${version}`, patched(own, 17, [version]));
    add(`#3 first message of version ${version}`, patched(offer, 17, [version]));
  }
  for (const length of [0, 1, 2, 3]) {
    add(`#2 payload length ${length}`, raw(shape, 13, Buffer.from([13, 0, 0, length, 0, 0, 0, 0])));
    add(
      `#2 first message with it ${length}`,
      raw(first, 1, Buffer.from([1, 0, 0, length, 0, 0, 0, 0])),
    );
  }
  const many = Buffer.concat(Array.from({ length: 5000 }, () => Buffer.from([13, 0, 0, 4])));
  add('#2 5000 payloads that never end', raw(shape, 13, many));
  add(
    '#42 200 vendor ids before an offer',
    clear(first, [
      [payloadNumber.SA, goodOffer],
      ...Array.from({ length: 200 }, () => [13, Buffer.alloc(200)] as const),
    ]),
  );
  for (const situation of [0, 2, 0xffffffff]) {
    add(
      `#4 situation ${situation}`,
      clear(first, [
        [
          1,
          saBody([{ protocol: 1, transforms: [{ id: 1, attributes: goodPhase1 }] }], 1, situation),
        ],
      ]),
    );
  }
  for (const doi of [0, 2, 0xffffffff]) {
    add(
      `#4 DOI ${doi}`,
      clear(first, [
        [1, saBody([{ protocol: 1, transforms: [{ id: 1, attributes: goodPhase1 }] }], doi)],
      ]),
    );
  }
  for (const type of [0, 2, 3, 15, 33, 34, 35, 43, 46, 53, 128, 130, 131, 255]) {
    add(
      `#5 payload type ${type}`,
      raw(shape, type, Buffer.from([0, 0, 0, 12, 1, 2, 3, 4, 5, 6, 7, 8])),
    );
    add(
      `#5 first message with type ${type}`,
      raw(first, type, Buffer.from([0, 0, 0, 12, 1, 2, 3, 4, 5, 6, 7, 8])),
    );
  }
  const transform = { id: 1, attributes: goodPhase1 };
  for (const announced of [0, 2, 255]) {
    add(
      `#6 one transform announced as ${announced}`,
      clear(first, [[1, saBody([{ protocol: 1, transforms: [transform], announced }])]]),
    );
  }
  add(
    '#6 proposals without end',
    clear(first, [
      [1, saBody(Array.from({ length: 255 }, () => ({ protocol: 1, transforms: [transform] })))],
    ]),
  );
  add(
    '#6 2000 transforms',
    clear(first, [
      [1, saBody([{ protocol: 1, transforms: Array.from({ length: 2000 }, () => transform) }])],
    ]),
  );
  add(
    '#6 255 attributes',
    clear(first, [
      [
        1,
        saBody([
          {
            protocol: 1,
            transforms: [
              {
                id: 1,
                attributes: Buffer.concat(Array.from({ length: 255 }, () => attributes([1, 5]))),
              },
            ],
          },
        ]),
      ],
    ]),
  );
  add('#6 SPI size beyond the body', patched(offer, 28 + 4 + 8 + 4 + 2, [255]));
  add('#6 empty SA payload', clear(first, [[1, Buffer.alloc(0)]]));
  add('#6 SA payload of DOI and situation only', clear(first, [[1, goodOffer.subarray(0, 8)]]));
  add('#9 first message without SA', clear(first, [[13, Buffer.alloc(16)]]));
  add(
    '#9 first message with two SAs',
    clear(first, [
      [1, goodOffer],
      [1, goodOffer],
    ]),
  );
  add(
    '#9 first message with KE and nonce',
    clear(first, [
      [1, goodOffer],
      [4, Buffer.alloc(128)],
      [10, Buffer.alloc(16)],
    ]),
  );
  add('#9 header alone', raw(first, 0, Buffer.alloc(0)));

  // Informational messages in clear: delete of everything, initial contact, errors, dead peer detection.
  const bothCookies = Buffer.concat([shape.cookieI, shape.cookieR]);
  const informational: readonly (readonly [string, number, Buffer])[] = [
    [
      'delete of the ISAKMP SA',
      12,
      Buffer.concat([number32(1), Buffer.from([1, 16, 0, 1]), bothCookies]),
    ],
    [
      'delete of an ESP SA',
      12,
      Buffer.concat([number32(1), Buffer.from([3, 4, 0, 1]), number32(0x1000)]),
    ],
    [
      'delete of 65535 SPIs',
      12,
      Buffer.concat([number32(1), Buffer.from([3, 4, 255, 255]), number32(1)]),
    ],
    ['delete of SPIs of no bytes', 12, Buffer.concat([number32(1), Buffer.from([3, 0, 255, 255])])],
    [
      'initial contact',
      11,
      Buffer.concat([number32(1), Buffer.from([1, 16, 0x60, 2]), bothCookies]),
    ],
    ['no proposal chosen', 11, Buffer.concat([number32(1), Buffer.from([1, 0, 0, 14])])],
    ['authentication failed', 11, Buffer.concat([number32(1), Buffer.from([1, 0, 0, 24])])],
    [
      'are you there',
      11,
      Buffer.concat([number32(1), Buffer.from([1, 16, 0x8d, 0x28]), bothCookies, number32(1)]),
    ],
    [
      'notify with terminal codes',
      11,
      Buffer.concat([number32(1), Buffer.from([1, 0, 0, 14]), Buffer.from('\u001b[2J$(reboot)\n')]),
    ],
  ];
  for (const [name, type, body] of informational) {
    for (const messageId of [0, 0x12345678]) {
      add(
        `#10 #11 ${name} in clear, message id ${messageId}`,
        clear(shape, [[type, body]], { exchange: 5, messageId }),
      );
    }
    add(
      `#11 ${name} in clear behind an invented hash`,
      clear(
        shape,
        [
          [8, Buffer.alloc(16, 1)],
          [type, body],
        ],
        { exchange: 5, messageId: 7 },
      ),
    );
    add(
      `#11 ${name} in clear for the initiator cookie alone`,
      clear(first, [[type, body]], { exchange: 5 }),
    );
  }
  for (const length of [0, 1, 7, 8, 16, 24, 64, 1024]) {
    for (const exchange of [2, 5, 32]) {
      const noise = Buffer.alloc(length, 0x5a);
      add(
        `#12 #39 ${length} bytes of noise, exchange ${exchange}`,
        raw(shape, 8, noise, { exchange, flags: 1, messageId: exchange === 2 ? 0 : 99 }),
      );
    }
  }
  for (const exchange of [0, 1, 3, 4, 6, 31, 33, 34, 35, 36, 37, 240, 243, 255]) {
    add(`#45 exchange ${exchange}`, clear(shape, [[1, goodOffer]], { exchange }));
    add(`#45 first message of exchange ${exchange}`, clear(first, [[1, goodOffer]], { exchange }));
  }
  add(
    '#30 quick mode in clear',
    clear(
      shape,
      [
        [8, Buffer.alloc(16)],
        [1, goodOffer],
        [10, Buffer.alloc(16)],
      ],
      { exchange: 32, messageId: 5 },
    ),
  );
  add(
    '#30 message 5 in clear',
    clear(shape, [
      [5, Buffer.from([1, 0, 0, 0, 1, 0, 0, 1])],
      [8, Buffer.alloc(16)],
    ]),
  );
  add(
    '#30 message 3 again',
    clear(shape, [
      [4, Buffer.alloc(128, 2)],
      [10, Buffer.alloc(16)],
    ]),
  );
  add('#37 initiator cookie zero', clear({ cookieI: zero, cookieR: zero }, [[1, goodOffer]]));
  add(
    '#37 both cookies and an offer',
    clear({ cookieI: Buffer.alloc(8, 7), cookieR: Buffer.alloc(8, 9) }, [[1, goodOffer]]),
  );
  add(
    '#37 cookies exchanged',
    clear({ cookieI: shape.cookieR, cookieR: shape.cookieI }, [[1, goodOffer]]),
  );
  add('#37 first message with a message id', clear(first, [[1, goodOffer]], { messageId: 1 }));
  addForeign(shape, add);
  return list;
}

/** What belongs to protocols and extensions that are not spoken here. */
function addForeign(shape: Shape, add: (name: string, bytes: Uint8Array) => void): void {
  const first = { cookieI: shape.cookieI, cookieR: zero };
  const offer = clear(first, [[payloadNumber.SA, goodOffer]]);
  // Fragments of IKE messages (payload 132): id, number, last; the pieces of one another, and without end.
  for (const [number, last] of [
    [1, 0],
    [1, 1],
    [2, 1],
    [255, 1],
    [0, 0],
  ] as const) {
    const piece = Buffer.concat([Buffer.from([0, 1, number, last]), offer.subarray(0, 40)]);
    for (const cookies of [first, shape]) {
      add(`#20 fragment ${number}, last ${last}`, clear(cookies, [[132, piece]], { exchange: 2 }));
    }
  }
  add('#20 fragment without a body', clear(shape, [[132, Buffer.alloc(4)]]));
  const skf = Array.from({ length: 60 }, () => [200, Buffer.alloc(8)] as const);
  add(
    '#21 version 2, fragment and payloads nobody knows',
    version2(shape, [...skf, [53, Buffer.alloc(40)]]),
  );
  for (const type of [0, 1, 2, 3, 4, 255]) {
    const request = Buffer.concat([Buffer.from([type, 0, 0, 1]), attributes([1, 0], [16_520, 0])]);
    add(
      `#34 mode config ${type}`,
      clear(
        shape,
        [
          [8, Buffer.alloc(16)],
          [14, request],
        ],
        { exchange: 6, messageId: 9 },
      ),
    );
    add(
      `#34 mode config ${type}, encrypted`,
      clear(shape, [[14, request]], { exchange: 6, flags: 1, messageId: 9 }),
    );
  }
  add('#43 keepalive', Uint8Array.of(0xff));
  for (const length of [0, 1, 2, 3, 4]) add(`#43 ${length} zero bytes`, new Uint8Array(length));
  add(
    '#43 first message behind the marker',
    Uint8Array.from(Buffer.concat([Buffer.alloc(4), offer])),
  );
  add('#43 ESP in UDP', Uint8Array.from(Buffer.concat([number32(0x1000), Buffer.alloc(60, 7)])));
  add(
    '#43 NAT detection in the first message',
    clear(first, [
      [1, goodOffer],
      [20, Buffer.alloc(16)],
      [130, Buffer.alloc(16)],
    ]),
  );
  const certificate = Buffer.concat([
    Buffer.from([4, 0x30, 0x82, 0xff, 0xff]),
    Buffer.alloc(200, 0x30),
  ]);
  for (const type of [6, 7, 9]) {
    add(
      `#47 certificate payload ${type} in the first message`,
      clear(first, [
        [1, goodOffer],
        [type, certificate],
      ]),
    );
    add(`#47 certificate payload ${type} alone`, clear(shape, [[type, certificate]]));
  }
  for (const exchange of [34, 35, 36, 37]) {
    add(
      `#48 version 2, exchange ${exchange}`,
      version2(
        shape,
        [
          [33, goodOffer],
          [34, Buffer.alloc(8)],
        ],
        exchange,
      ),
    );
    add(
      `#48 version 2, first message, exchange ${exchange}`,
      version2(
        first,
        [
          [33, Buffer.alloc(0)],
          [40, Buffer.alloc(300)],
        ],
        exchange,
      ),
    );
  }
}

function version2(
  shape: Shape,
  payloads: readonly (readonly [type: number, body: Uint8Array])[],
  exchange = 35,
): Uint8Array {
  return clear(shape, payloads, { exchange, flags: 8, version: 0x20, messageId: 1 });
}
