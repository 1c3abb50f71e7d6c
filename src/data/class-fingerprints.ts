import { createHash } from 'node:crypto';
import type { InputValues } from '../core/input.js';

/** A part of a data set in memory. */
export interface ClassifiedValues {
  /** Row-major `[n, length]`. */
  readonly values: InputValues | Uint8Array;
  /** Class index of each of the `n` examples. */
  readonly labels: Int32Array;
}

/**
 * sha256 in hex of the examples of each class, part by part and in their order. What other classes hold does not matter.
 *
 * @param classes how many there are
 * @param parts in an order that is always the same; undefined for one that the data do not have
 * @param length of an example
 */
export function classFingerprints(classes: number, parts: readonly (ClassifiedValues | undefined)[], length: number): string[] {
  const hashes = Array.from({ length: classes }, () => createHash('sha256'));
  for (const part of parts) {
    part?.labels.forEach((label, i) => {
      const { buffer, byteOffset, BYTES_PER_ELEMENT: size } = part.values;
      hashes[label]?.update(new Uint8Array(buffer, byteOffset + i * length * size, length * size));
    });
    for (const hash of hashes) hash.update(part ? 'end of part' : 'no part');
  }
  return hashes.map((hash) => hash.digest('hex'));
}
