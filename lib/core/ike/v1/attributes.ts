/** Transform attributes as numbers, whichever of the two wire forms they came in (RFC 2408 3.3). */
import type { Attribute } from '../../wire/message.js';
import { attributeNumber } from '../../wire/v1/attribute.js';

/**
 * The attributes by type. Undefined when one is given twice or is longer than eight bytes: such a
 * transform is not selected (hostile #7). Life type and duration come in pairs: see `readLifetimes`.
 */
export function readAttributes(
  attributes: readonly Attribute[],
  mayRepeat: readonly number[] = [],
): ReadonlyMap<number, number> | undefined {
  const values = new Map<number, number>();
  for (const attribute of attributes) {
    const { type } = attribute;
    const number = attributeNumber(attribute);
    if (number === undefined) return undefined;
    if (values.has(type) && !mayRepeat.includes(type)) return undefined;
    values.set(type, number);
  }
  return values;
}

/**
 * Lifetimes: each duration belongs to the life type before it (RFC 2407 4.5). Undefined when a
 * duration has no type, a type is given twice, or a value is longer than eight bytes.
 */
export function readLifetimes(
  attributes: readonly Attribute[],
  typeAttribute: number,
  durationAttributeType: number,
): ReadonlyMap<number, number> | undefined {
  const durations = new Map<number, number>();
  let lifeType: number | undefined;
  for (const attribute of attributes) {
    const { type } = attribute;
    if (type === typeAttribute) lifeType = attributeNumber(attribute);
    if (type !== durationAttributeType) continue;
    const duration = attributeNumber(attribute);
    if (lifeType === undefined || duration === undefined || durations.has(lifeType)) {
      return undefined;
    }
    durations.set(lifeType, duration);
    lifeType = undefined;
  }
  return durations;
}
