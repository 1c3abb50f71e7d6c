import { LifelongError } from '../../core/errors.js';

/** A sound of one channel. */
export interface Sound {
  readonly samples: Float32Array;
  /** Samples a second. */
  readonly rate: number;
  /** In the file; they are averaged. */
  readonly channels: number;
}

/** Samples a second that recordings may have. */
export const [leastRate, mostRate] = [4000, 384_000];

/** Mean of channels of one length. */
export function average(channels: readonly Float32Array[]): Float32Array {
  const [first = new Float32Array(0)] = channels;
  if (channels.length === 1) return first;
  return first.map((_, i) => channels.reduce((sum, channel) => sum + (channel[i] as number), 0) / channels.length);
}

/** The error for a recording that is no good. */
export const refused = (path: string, expected: string, found: string, hint: string, cause?: unknown): LifelongError =>
  new LifelongError('data', `${path}: ${expected} expected, found ${found}`, hint, { cause });

/** @throws LifelongError `data` for another rate than recordings may have */
export function checkRate(rate: number, path: string): void {
  if (rate >= leastRate && rate <= mostRate) return;
  throw refused(path, `${leastRate} to ${mostRate} samples a second`, String(rate), 'save the recording at 16000');
}

/** @throws LifelongError `data` for more than `most` seconds */
export function checkLength(count: number, rate: number, most: number, path: string): void {
  if (count <= most * rate) return;
  throw refused(path, `at most ${most} s`, `${(count / rate).toFixed(1)} s`, 'cut the recording into parts');
}
