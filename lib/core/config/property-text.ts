/** What help and documentation say of a property: its values and its default. */
import type { FormatContext, Property } from './property.js';
import { quote } from './quoting.js';

/** The default as it could be typed; undefined when the value must be given (C-60). */
export function defaultText(
  property: Property<unknown>,
  context: FormatContext,
): string | undefined {
  const { type, default: value, nextDefault } = property;
  if (value !== undefined) return type.format(value.value, context) || quote('');
  if (nextDefault === undefined) return undefined;
  const texts = [1, 2].map((number) => type.format(nextDefault(number), context));
  return `${texts.join(', ')}, ...`;
}
