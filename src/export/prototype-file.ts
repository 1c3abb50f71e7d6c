import type { Prototypes } from '../difficulty/prototypes.js';
import { usualDistances } from '../difficulty/identify.js';

/** Text of prototypes.json: for each task the mean features of its classes, and how far from them their own examples usually are. */
export function prototypeFile(tasks: readonly { readonly id: string; readonly prototypes: Prototypes }[]): string {
  const rows = tasks.map(({ id, prototypes }) => {
    const { size, counts, means } = prototypes;
    const known = Array.from(counts, (count) => count > 0);
    return {
      id,
      means: known.map((present, c) => (present ? Array.from(means.subarray(c * size, (c + 1) * size), nineDigits) : null)),
      usualDistances: Array.from(usualDistances(prototypes), (distance) => (distance > 0 ? distance : null)),
    };
  });
  return JSON.stringify({ tasks: rows });
}

/** A float32 in as many digits as tell it from all others. */
const nineDigits = (value: number) => Number(value.toPrecision(9));
