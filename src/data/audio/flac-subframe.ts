import type { BitReader } from './bit-reader.js';

/** Coefficients of the fixed predictors by their order. */
const fixed: readonly (readonly number[])[] = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];

/**
 * The samples of one channel in a frame of FLAC (RFC 9639, section 9.2); undefined where the bits are none.
 *
 * @param bits of a sample
 */
export function readSubframe(reader: BitReader, count: number, bits: number): Float64Array | undefined {
  const padding = reader.read(1);
  const type = reader.read(6);
  const wasted = reader.read(1) === 0 ? 0 : reader.unary() + 1;
  const width = bits - wasted;
  if (padding !== 0 || width < 1) return undefined;
  const samples = new Float64Array(count);
  if (type === 0) samples.fill(reader.signed(width));
  else if (type === 1) for (let i = 0; i < count && !reader.over; i++) samples[i] = reader.signed(width);
  else if (type >= 8 && type <= 12) {
    if (!predict(reader, samples, width, type - 8, () => ({ coefficients: fixed[type - 8] ?? [], shift: 0 }))) return undefined;
  } else if (type >= 32) {
    if (!predict(reader, samples, width, type - 31, () => linear(reader, type - 31))) return undefined;
  } else return undefined;
  if (wasted > 0) for (let i = 0; i < count; i++) samples[i] = (samples[i] as number) * 2 ** wasted;
  return samples;
}

interface Predictor {
  /** For the sample before, the one before that, and so on. */
  readonly coefficients: readonly number[];
  readonly shift: number;
}

function linear(reader: BitReader, order: number): Predictor | undefined {
  const precision = reader.read(4) + 1;
  const shift = reader.signed(5);
  if (precision === 16 || shift < 0) return undefined;
  return { coefficients: Array.from({ length: order }, () => reader.signed(precision)), shift };
}

/** First samples as they are, then what is left of each by a predictor. */
function predict(
  reader: BitReader,
  samples: Float64Array,
  width: number,
  order: number,
  predictorOf: () => Predictor | undefined,
): boolean {
  if (order > samples.length) return false;
  for (let i = 0; i < order; i++) samples[i] = reader.signed(width);
  const predictor = predictorOf();
  if (!predictor || !readResidual(reader, samples, order)) return false;
  const { coefficients, shift } = predictor;
  const scale = 2 ** shift;
  for (let i = order; i < samples.length; i++) {
    let sum = 0;
    for (let j = 0; j < order; j++) sum += (coefficients[j] as number) * (samples[i - 1 - j] as number);
    samples[i] = (samples[i] as number) + Math.floor(sum / scale);
  }
  return true;
}

/** What predictors leave, as Rice codes in partitions, into the places from `order` on. */
function readResidual(reader: BitReader, samples: Float64Array, order: number): boolean {
  const method = reader.read(2);
  if (method > 1) return false;
  const parameterBits = 4 + method;
  const partitions = 2 ** reader.read(4);
  const size = samples.length / partitions;
  if (!Number.isInteger(size) || size < order) return false;
  for (let p = 0; p < partitions; p++) {
    const parameter = reader.read(parameterBits);
    const plain = parameter === 2 ** parameterBits - 1 ? reader.read(5) : undefined;
    for (let i = p === 0 ? order : p * size; i < (p + 1) * size; i++) {
      if (reader.over) return false;
      if (plain !== undefined) samples[i] = plain === 0 ? 0 : reader.signed(plain);
      else {
        const folded = reader.unary() * 2 ** parameter + reader.read(parameter);
        samples[i] = folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
      }
    }
  }
  return true;
}
