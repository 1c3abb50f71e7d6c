/** Vectors one behind the other. */
export function concatenate(...parts: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** These rows of a table `[n, width]`. */
export function gather(table: Float32Array, width: number, rows: Int32Array): Float32Array {
  const gathered = new Float32Array(rows.length * width);
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
