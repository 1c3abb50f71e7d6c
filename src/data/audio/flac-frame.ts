import { BitReader } from './bit-reader.js';
import { readSubframe } from './flac-subframe.js';

/** What a FLAC file says of its sound. */
export interface FlacForm {
  readonly channels: number;
  /** Samples a second. */
  readonly rate: number;
  /** Of a sample. */
  readonly bits: number;
}

/** Bits of a sample by their code; undefined: what the file says. */
const sampleBits = [undefined, 8, 12, NaN, 16, 20, 24, 32] as const;

/**
 * Reads one frame (RFC 9639, section 9).
 *
 * @param bytes from the frame on
 * @returns whole numbers of each channel, and how many bytes they took; undefined for a frame that is damaged, cut off or of another form
 */
export function readFlacFrame(
  bytes: Uint8Array,
  form: FlacForm,
): { readonly channels: readonly Float64Array[]; readonly bytes: number } | undefined {
  const reader = new BitReader(bytes);
  if (reader.read(15) !== 0x7ffc) return undefined;
  reader.read(1);
  const [sizeCode, rateCode, assignment, bitsCode, reserved] = [
    reader.read(4),
    reader.read(4),
    reader.read(4),
    reader.read(3),
    reader.read(1),
  ];
  const channels = assignment < 8 ? assignment + 1 : 2;
  const bits = sampleBits[bitsCode] ?? form.bits;
  if (sizeCode === 0 || rateCode === 15 || assignment > 10 || reserved !== 0 || bits !== form.bits || channels !== form.channels)
    return undefined;
  skipNumber(reader);
  const count = sizeOf(sizeCode, reader);
  reader.read(rateCode === 12 ? 8 : rateCode > 12 ? 16 : 0);
  reader.read(8);
  const read: Float64Array[] = [];
  for (let c = 0; c < channels; c++) {
    const isSide = (assignment === 8 && c === 1) || (assignment === 9 && c === 0) || (assignment === 10 && c === 1);
    const samples = reader.over ? undefined : readSubframe(reader, count, bits + Number(isSide));
    if (!samples) return undefined;
    read.push(samples);
  }
  reader.align();
  const end = reader.byte;
  if (reader.read(16) !== checksum(bytes, end) || reader.over) return undefined;
  return { channels: apart(read, assignment), bytes: end + 2 };
}

/** The number of the frame or sample, as UTF-8 would have it. */
function skipNumber(reader: BitReader): void {
  const first = reader.read(8);
  for (let bit = 0x40; (first & 0x80) !== 0 && (first & bit) !== 0; bit >>= 1) reader.read(8);
}

function sizeOf(code: number, reader: BitReader): number {
  if (code === 1) return 192;
  if (code <= 5) return 576 << (code - 2);
  if (code >= 8) return 256 << (code - 8);
  return reader.read(code === 6 ? 8 : 16) + 1;
}

/** Left and right of what is coded as one of them and their difference, or as their middle and that. */
function apart(channels: readonly Float64Array[], assignment: number): readonly Float64Array[] {
  const [first, second] = channels;
  if (assignment < 8 || !first || !second) return channels;
  if (assignment === 8) return [first, second.map((side, i) => (first[i] as number) - side)];
  if (assignment === 9) return [first.map((side, i) => side + (second[i] as number)), second];
  const left = first.map((middle, i) => middle + Math.ceil((second[i] as number) / 2));
  return [left, left.map((sample, i) => sample - (second[i] as number))];
}

/** Of 16 bits: x^16 + x^15 + x^2 + 1, from 0 on. */
const checks = Uint16Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 8;
  for (let bit = 0; bit < 8; bit++) value = value & 0x8000 ? (value << 1) ^ 0x8005 : value << 1;
  return value;
});

function checksum(bytes: Uint8Array, end: number): number {
  let sum = 0;
  for (let i = 0; i < end; i++) sum = ((sum << 8) & 0xff00) ^ (checks[(sum >> 8) ^ (bytes[i] ?? 0)] as number);
  return sum;
}
