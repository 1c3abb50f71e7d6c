import type { Dataset } from './dataset.js';
import { fingerprint } from './fingerprint.js';

/** The data set with its fingerprint, and those of its classes, changed by what was done to it. */
export function withFingerprint(data: Dataset, change: string): Dataset {
  return {
    ...data,
    fingerprint: fingerprint(data.fingerprint, change),
    ...(data.classFingerprints && {
      classFingerprints: () => (data.classFingerprints?.() ?? []).map((print) => fingerprint(print, change)),
    }),
  };
}
