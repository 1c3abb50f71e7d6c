import type { NamedArray } from '../core/snapshot.js';

/** PyTorch's linear maps are `[out, in]`. */
export function transposed({ shape: [rows = 0, columns = 0], data }: NamedArray): NamedArray {
  const turned = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) turned[column * rows + row] = data[row * columns + column] ?? 0;
  return { shape: [columns, rows], data: turned };
}

/** Kernels `[in, out]` as one, whose outputs are those of all. */
export function sideBySide(kernels: readonly NamedArray[]): NamedArray {
  const [rows = 0] = kernels[0]?.shape ?? [];
  const widths = kernels.map(({ shape }) => shape[1] ?? 0);
  const total = widths.reduce((sum, width) => sum + width, 0);
  const joined = new Float32Array(rows * total);
  let start = 0;
  for (const [i, { data }] of kernels.entries()) {
    const width = widths[i] ?? 0;
    for (let row = 0; row < rows; row++) joined.set(data.subarray(row * width, (row + 1) * width), row * total + start);
    start += width;
  }
  return { shape: [rows, total], data: joined };
}

/** Vectors as one. */
export function endToEnd(arrays: readonly NamedArray[]): NamedArray {
  const data = Float32Array.from(arrays.flatMap((array) => Array.from(array.data)));
  return { shape: [data.length], data };
}

export const zeros = (length: number): NamedArray => ({ shape: [length], data: new Float32Array(length) });
