import type { ClassName } from '../../core/task.js';
import { classKey } from '../../data/class-names.js';
import { tf } from '../../nn/backend.js';

/** A linear map from rows to logits: `row W + b`. */
export interface LinearClassifier {
  readonly names: readonly ClassName[];
  /** `[M, C]` */
  readonly weights: Float32Array;
  /** `[C]` */
  readonly bias: Float32Array;
}

/** Logits `[n, C]` of rows `[n, M]`. */
export function classify({ weights, bias }: Pick<LinearClassifier, 'weights' | 'bias'>, rows: Float32Array): Float32Array {
  if (rows.length === 0) return new Float32Array(0);
  const classes = bias.length;
  const size = weights.length / classes;
  const product = tf.tidy(() =>
    tf.add(tf.matMul(tf.tensor2d(rows, [rows.length / size, size]), tf.tensor2d(weights, [size, classes])), tf.tensor1d(bias)),
  );
  const logits = product.dataSync<'float32'>();
  product.dispose();
  return logits;
}

/** A table `[rows, size]` as `[size, rows]`. */
export function transpose(table: Float32Array, size: number): Float32Array {
  const rows = table.length / size;
  const turned = new Float32Array(table.length);
  for (let row = 0; row < rows; row++) for (let i = 0; i < size; i++) turned[i * rows + row] = table[row * size + i] as number;
  return turned;
}

/** Which columns of logits are of these classes; -1 for one that is not known. */
export function columnsNamed({ names }: Pick<LinearClassifier, 'names'>, classes: readonly ClassName[]): number[] {
  const keys = names.map(classKey);
  return classes.map((name) => keys.indexOf(classKey(name)));
}

/** These columns of logits `[n, C]`, in this order. */
export function columnsOf(logits: Float32Array, classes: number, columns: readonly number[]): Float32Array {
  const width = columns.length;
  return Float32Array.from({ length: (logits.length / classes) * width }, (_, i) => {
    const row = Math.floor(i / width);
    return logits[row * classes + (columns[i - row * width] as number)] as number;
  });
}
