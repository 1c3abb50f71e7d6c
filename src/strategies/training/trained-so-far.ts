import type { Fit, FitProgress, FitVectors } from '../../nn/fit.js';

/** The vectors of a training after its last whole epoch, whether it goes on here or waits to be gone on with; undefined where there is none. */
export function trainedSoFar(fit: Fit | undefined, stored: FitProgress | undefined): FitVectors | undefined {
  const { weights, statistics } = (fit?.progress() ?? stored)?.arrays ?? {};
  return weights && statistics && { weights: weights.data as Float32Array, statistics: statistics.data as Float32Array };
}
