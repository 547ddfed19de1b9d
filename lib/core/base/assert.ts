/** Checks of our own reasoning, kept on in production: a failure is our bug, never bad input. */

export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Makes a `switch` over a union exhaustive at compile time. */
export function assertNever(value: never): never {
  throw new AssertionError(`unreachable: ${JSON.stringify(value)}`);
}
