/** Protocol-buffer encoding, as much of it as a TensorFlow graph needs. Each function gives the bytes of one field. */

const encoder = new TextEncoder();

/** An integer, enum or boolean; negative numbers take ten bytes, as the format says. */
export function integer(field: number, value: number | bigint): Uint8Array {
  return join([key(field, 0), varint(value)]);
}

/** A list of integers in packed form. */
export function integers(field: number, values: readonly number[]): Uint8Array {
  return bytes(field, join(values.map(varint)));
}

/** A single-precision number. */
export function float(field: number, value: number): Uint8Array {
  return join([key(field, 5), littleEndian([value])]);
}

/** A list of single-precision numbers in packed form. */
export function floats(field: number, values: readonly number[]): Uint8Array {
  return bytes(field, littleEndian(values));
}

/** A string in UTF-8. */
export function text(field: number, value: string): Uint8Array {
  return bytes(field, encoder.encode(value));
}

/** Raw bytes. */
export function bytes(field: number, value: Uint8Array): Uint8Array {
  return join([key(field, 2), varint(value.length), value]);
}

/** A message made of other fields. */
export function message(field: number, ...fields: readonly Uint8Array[]): Uint8Array {
  return bytes(field, join(fields));
}

/** Fields one behind the other. */
export function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

const key = (field: number, wireType: number) => varint(field * 8 + wireType);

function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const groups: number[] = [];
  while (rest > 127n) {
    groups.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  groups.push(Number(rest));
  return Uint8Array.from(groups);
}

function littleEndian(values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => {
    view.setFloat32(4 * i, value, true);
  });
  return new Uint8Array(view.buffer);
}
