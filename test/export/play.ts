import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Examples for an exported model. */
export interface Request {
  /** Path or URL of model.json. */
  readonly model: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
  /** Examples at a time. */
  readonly batch: number;
}

export interface Answer {
  readonly backend: string;
  readonly inputs: readonly { readonly name: string; readonly shape: readonly number[]; readonly dtype: string }[];
  readonly outputs: readonly string[];
  /** A row for each example. */
  readonly logits: readonly (readonly number[])[];
}

/**
 * Has tfjs answer in a process of its own (play.mjs).
 *
 * @param folder for the requests
 * @param on plain tfjs by default, or tfjs-node without oneDNN's kernels
 */
export async function play(requests: readonly Request[], folder: string, on: 'cpu' | 'tensorflow' = 'cpu'): Promise<Answer[]> {
  const file = join(folder, 'requests.json');
  await writeFile(file, JSON.stringify(requests));
  const script = fileURLToPath(new URL('play.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, file, on], {
    maxBuffer: 2 ** 26,
    env: { ...process.env, TF_ENABLE_ONEDNN_OPTS: '0', TF_CPP_MIN_LOG_LEVEL: '2' },
  });
  return JSON.parse(stdout) as Answer[];
}

/** The largest difference of two lists of numbers; NaN when there is a NaN or when they differ in length. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return NaN;
  return Array.from(a).reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b[i] ?? NaN))), 0);
}
