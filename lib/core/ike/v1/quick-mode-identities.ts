/** IDci and IDcr of quick mode to selectors and back (RFC 2407 4.6.2; R-60). */
import type { Prefix } from '../../base/address.js';
import { addressFromBytes, addressToBytes, netmask, prefixOf } from '../../base/address.js';
import type { Ports, TrafficSelector } from '../../base/selector.js';
import type { PayloadOf } from '../../wire/message.js';
import {
  identificationTypes,
  identificationType as idType,
} from '../../wire/registry/identification-type.js';
import { nameOf } from '../../wire/registry/registry.js';

type IdPayload = PayloadOf<'ID'>;

/** The initiator's identity first: it is the source for packets that leave the initiator. */
export function identitiesOf(selector: TrafficSelector): readonly [IdPayload, IdPayload] {
  return [
    identity(selector.source, selector.protocol, selector.sourcePorts),
    identity(selector.destination, selector.protocol, selector.destinationPorts),
  ];
}

function identity(prefix: Prefix, protocol: number, ports: Ports): IdPayload {
  // A range is invalid for automatic keys, so one port or none is all there is to say.
  const port = ports === 'any' ? 0 : ports.first;
  const address = addressToBytes(prefix.address);
  if (prefix.length === 32) {
    return { type: 'ID', idType: idType.ID_IPV4_ADDR, protocol, port, data: address };
  }
  const data = new Uint8Array(8);
  data.set(address);
  new DataView(data.buffer).setUint32(4, netmask(prefix.length));
  return { type: 'ID', idType: idType.ID_IPV4_ADDR_SUBNET, protocol, port, data };
}

/** The selector both identities describe, as the initiator sees it; else what is wrong, in words. */
export function selectorOf(initiator: IdPayload, responder: IdPayload): TrafficSelector | string {
  const source = prefixOfIdentity(initiator);
  const destination = prefixOfIdentity(responder);
  if (typeof source === 'string') return source;
  if (typeof destination === 'string') return destination;
  if (initiator.protocol !== responder.protocol) {
    return `its identities name protocol ${initiator.protocol} and protocol ${responder.protocol}`;
  }
  return {
    source,
    destination,
    protocol: initiator.protocol,
    sourcePorts: portsOf(initiator.port),
    destinationPorts: portsOf(responder.port),
  };
}

function portsOf(port: number): Ports {
  return port === 0 ? 'any' : { first: port, last: port };
}

function prefixOfIdentity({ idType: type, data }: IdPayload): Prefix | string {
  if (type === idType.ID_IPV4_ADDR && data.length === 4) {
    return { address: addressFromBytes(data), length: 32 };
  }
  if (type === idType.ID_IPV4_ADDR_SUBNET && data.length === 8) {
    const mask = new DataView(data.buffer, data.byteOffset).getUint32(4);
    const length = Math.clz32(~mask >>> 0);
    if (netmask(length) !== mask) return 'its identity has a netmask with gaps';
    return prefixOf(addressFromBytes(data.subarray(0, 4)), length);
  }
  return `its identity is ${nameOf(identificationTypes, type)} of ${data.length} bytes, only IPv4 addresses and subnets can be policies`;
}
