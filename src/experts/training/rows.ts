import { dtypeOf, zerosOf, type InputValues } from '../../core/input.js';

/** Vectors one behind the other, of the type of the first. */
export function concatenate<Values extends InputValues = Float32Array>(...parts: readonly Values[]): Values {
  const [first = new Float32Array(0)] = parts;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const joined = zerosOf(dtypeOf(first), length) as Values;
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** These rows of a table `[n, width]`. */
export function gather<Values extends InputValues>(table: Values, width: number, rows: Int32Array): Values {
  const gathered = zerosOf(dtypeOf(table), rows.length * width) as Values;
  rows.forEach((row, i) => {
    gathered.set(table.subarray(row * width, (row + 1) * width), i * width);
  });
  return gathered;
}

/** Tables `[n, width_j]` next to each other: `[n, sum of widths]`. */
export function sideBySide(tables: readonly { readonly width: number; readonly rows: Float32Array }[]): Float32Array {
  const total = tables.reduce((sum, { width }) => sum + width, 0);
  const count = tables[0] ? tables[0].rows.length / tables[0].width : 0;
  const joined = new Float32Array(count * total);
  let offset = 0;
  for (const { width, rows } of tables) {
    for (let row = 0; row < count; row++) joined.set(rows.subarray(row * width, (row + 1) * width), row * total + offset);
    offset += width;
  }
  return joined;
}
