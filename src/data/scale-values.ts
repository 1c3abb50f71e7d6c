import { isInFloatRange } from './float-digits.js';

/**
 * Every value times a factor, of bytes too, which are then no longer read as value / 255; the same values without a factor. As float32, or as
 * doubles where some are beyond its range: what takes them says so.
 */
export function scaleValues<Values extends Float32Array | Float64Array | Uint8Array>(
  values: Values,
  factor?: number,
): Values | Float32Array | Float64Array {
  if (factor === undefined) return values;
  const scaled = Float64Array.from(values, (value) => value * factor);
  return scaled.every(isInFloatRange) ? Float32Array.from(scaled) : scaled;
}
