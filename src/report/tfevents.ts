/**
 * TensorFlow's event file: records `length (uint64) | masked crc32c(length) | data | masked crc32c(data)`, little-endian, each holding one
 * protocol buffer `Event { wall_time = 1; step = 2; file_version = 3; summary = 5 { value = 1 { tag = 1; simple_value = 2 } } }`
 * (tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto, tensorflow/core/lib/io/record_writer.cc).
 */
export function encodeRecord(data: Uint8Array): Uint8Array {
  const record = Buffer.alloc(12 + data.length + 4);
  record.writeBigUInt64LE(BigInt(data.length), 0);
  record.writeUInt32LE(maskedCrc32c(record.subarray(0, 8)), 8);
  record.set(data, 12);
  record.writeUInt32LE(maskedCrc32c(data), 12 + data.length);
  return record;
}

/** The first event of every file. */
export function encodeVersion(seconds: number): Uint8Array {
  return Buffer.concat([double(1, seconds), bytes(3, Buffer.from('brain.Event:2'))]);
}

/** One number of a series. */
export function encodeScalar(scalar: {
  readonly seconds: number;
  readonly step: number;
  readonly tag: string;
  readonly value: number;
}): Uint8Array {
  const value = Buffer.concat([bytes(1, Buffer.from(scalar.tag)), float(2, scalar.value)]);
  return Buffer.concat([double(1, scalar.seconds), varintField(2, scalar.step), bytes(5, bytes(1, value))]);
}

/** CRC-32C (Castagnoli), rotated and offset so that a checksum of data that holds checksums stays a good one. */
export function maskedCrc32c(data: Uint8Array): number {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function varint(value: number): Buffer {
  const out: number[] = [];
  let rest = value;
  while (rest > 127) {
    out.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...out, rest]);
}

const varintField = (field: number, value: number) => Buffer.concat([varint(field * 8), varint(value)]);

const bytes = (field: number, data: Uint8Array) => Buffer.concat([varint(field * 8 + 2), varint(data.length), data]);

function double(field: number, value: number): Buffer {
  const data = Buffer.alloc(8);
  data.writeDoubleLE(value);
  return Buffer.concat([varint(field * 8 + 1), data]);
}

function float(field: number, value: number): Buffer {
  const data = Buffer.alloc(4);
  data.writeFloatLE(value);
  return Buffer.concat([varint(field * 8 + 5), data]);
}
