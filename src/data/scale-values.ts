/** Every value times a factor, of bytes too, which are then no longer read as value / 255; the same values without a factor. */
export function scaleValues<Values extends Float32Array | Float64Array | Uint8Array>(
  values: Values,
  factor?: number,
): Values | Float32Array {
  return factor === undefined ? values : Float32Array.from(values, (value) => value * factor);
}
