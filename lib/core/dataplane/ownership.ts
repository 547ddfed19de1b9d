/** Which kernel objects are ours: told by the reqid alone, so that it survives a crash (spec E-05, E-34). */

/** All reqids of ours lie in this range of 2^24 numbers; `flush` never goes beyond it. */
export const reqidRange = { first: 0x49000000, last: 0x49ffffff } as const;

// An odd multiplier maps the 24-bit ids one to one onto the range and scatters neighbours: sequential
// reqids beside sequential addresses would collapse the kernel's SA hash (Linux 6.1 to 6.18).
const scatter = 0x9e3779;

/** The reqid of the policy with that internal id: stable as long as the id is. */
export function reqidOf(policyId: number): number {
  return reqidRange.first + (Math.imul(policyId, scatter) & 0xffffff);
}

export function isOurReqid(reqid: number): boolean {
  return reqid >= reqidRange.first && reqid <= reqidRange.last;
}
