let numbers: Float32Array | undefined;

/** Little-endian IEEE 754 binary16 as float32, by a table: there are fewer halves than weights in a network. */
export function decodeHalves(view: DataView): Float32Array {
  numbers ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => halfToNumber(bits));
  const values = new Float32Array(view.byteLength / 2);
  for (let i = 0; i < values.length; i++) values[i] = numbers[view.getUint16(2 * i, true)] as number;
  return values;
}

/** 1 sign, 5 exponent, 10 fraction bits. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
