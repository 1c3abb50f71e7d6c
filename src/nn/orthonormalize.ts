/** Rows one behind the other, `[n, width]`. */
export interface Rows {
  readonly data: Float32Array;
  readonly width: number;
}

/**
 * Orthonormal rows in place of these, each also orthogonal to those beside, in float64: what lies in rows before is taken off twice, as once leaves what rounding left (Giraud et al. 2005).
 *
 * @throws RangeError for rows that depend on those before them
 */
export function orthonormalize({ data, width }: Rows, beside: Rows = { data: new Float32Array(0), width }): Float32Array {
  const vectors = Array.from({ length: beside.data.length / width }, (_, row) => beside.data.subarray(row * width, (row + 1) * width));
  const known: (Float32Array | Float64Array)[] = vectors;
  const out = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += width) {
    const row = Float64Array.from(data.subarray(start, start + width));
    const before = lengthOf(row);
    for (let pass = 0; pass < 2; pass++) for (const other of known) takeOff(row, other);
    const length = lengthOf(row);
    if (!(length > 1e-6 * before)) throw new RangeError(`row ${start / width} of ${data.length / width} depends on those before it`);
    for (let i = 0; i < width; i++) row[i] = (row[i] as number) / length;
    known.push(row);
    out.set(row, start);
  }
  return out;
}

/** How far rows are from orthonormal: the largest entry of R R' - I, of a number that is none Infinity. */
export function orthonormalityError({ data, width }: Rows): number {
  let error = 0;
  for (let a = 0; a < data.length; a += width) {
    for (let b = 0; b <= a; b += width) {
      const off = Math.abs(dot(data.subarray(a, a + width), data.subarray(b, b + width)) - (a === b ? 1 : 0));
      error = Number.isFinite(off) ? Math.max(error, off) : Infinity;
    }
  }
  return error;
}

function takeOff(row: Float64Array, other: Float32Array | Float64Array): void {
  const along = dot(row, other);
  for (let i = 0; i < row.length; i++) row[i] = (row[i] as number) - along * (other[i] as number);
}

function dot(a: Float32Array | Float64Array, b: Float32Array | Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

const lengthOf = (row: Float64Array): number => Math.sqrt(dot(row, row));
