/** An attribute of an operation as a tfjs graph model has it. */
export type GraphAttribute =
  | { readonly s: string }
  | { readonly i: string }
  | { readonly f: number }
  | { readonly b: boolean }
  | { readonly type: number }
  | { readonly list: { readonly i: readonly string[] } };

/** A shape as a tfjs graph model has it; -1 is any length. */
export interface GraphShape {
  readonly dim: readonly { readonly size: string }[];
}

export const graphShape = (shape: readonly number[]): GraphShape => ({ dim: shape.map((size) => ({ size: String(size) })) });

/**
 * The JSON form of an attribute in protocol-buffer form (AttrValue: tensorflow/core/framework/attr_value.proto): a number, text, type or list of
 * whole numbers. Values of constants are none of them; they are weights.
 */
export function readAttribute(bytes: Uint8Array): GraphAttribute {
  const [field] = fieldsOf(bytes);
  switch (field?.number) {
    case 1:
      return { list: { i: wholeNumbers(fieldsOf(field.bytes)[0]?.bytes ?? new Uint8Array()) } };
    case 2:
      return { s: Buffer.from(field.bytes).toString('base64') };
    case 3:
      return { i: String(BigInt.asIntN(64, field.value)) };
    case 4:
      return { f: new DataView(field.bytes.buffer, field.bytes.byteOffset, 4).getFloat32(0, true) };
    case 5:
      return { b: field.value === 1n };
    case 6:
      return { type: Number(field.value) };
    default:
      throw new TypeError(`an attribute that a graph model can have expected, found field ${field?.number ?? 'none'}`);
  }
}

interface Field {
  readonly number: number;
  /** Of a number. */
  readonly value: bigint;
  /** Of everything else. */
  readonly bytes: Uint8Array;
}

function fieldsOf(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  for (let at = 0; at < message.length;) {
    const [key, start] = varint(message, at);
    const number = Number(key >> 3n);
    const kind = Number(key & 7n);
    const [value, after] = kind === 5 ? [4n, start] : varint(message, start);
    const end = kind === 0 ? after : after + Number(value);
    fields.push({ number, value, bytes: message.subarray(after, end) });
    at = end;
  }
  return fields;
}

/** A packed list. */
function wholeNumbers(bytes: Uint8Array): string[] {
  const numbers: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const [value, next] = varint(bytes, at);
    numbers.push(String(BigInt.asIntN(64, value)));
    at = next;
  }
  return numbers;
}

function varint(bytes: Uint8Array, at: number): [value: bigint, next: number] {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = bytes[at++] ?? 0;
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return [value, at];
  }
}
