import { LifelongError } from '../core/errors.js';
import type { FeatureExtractor } from '../core/features.js';
import { cutRows, usedPositions } from '../core/padding.js';
import type { Examples } from '../core/task.js';
import { tf, type Tensor } from '../nn/backend.js';

/** A frozen network for texts. */
export interface TextNetwork {
  readonly name: string;
  readonly sha256: string;
  /** Length D of a feature vector. */
  readonly size: number;
  /** How many tokens it knows. */
  readonly tokens: number;
  /** Longest text that it takes, in tokens. */
  readonly positions: number;
  /** Features `[n, D]` of ids `[n, length]`. */
  readonly infer: (ids: Tensor) => Float32Array;
  readonly dispose: () => void;
}

/** Texts in one pass. */
const batch = 32;
/** Tokens that lengths of a batch are rounded up to: few shapes, and little padding. */
const step = 8;

/** Features of texts as ids of tokens `[length]`. Texts of about one length go together, so that little of a batch is padding; what is padding says nothing. */
export function textExtractor({ name, sha256, size, tokens, positions, infer, dispose }: TextNetwork): FeatureExtractor {
  const lengthOf = (shape: readonly number[]): number => {
    const [length = 0] = shape;
    if (shape.length === 1 && length > 0 && length <= positions) return length;
    throw new LifelongError(
      'config',
      `features ${name}: texts of up to ${positions} tokens as ids [length] expected, found inputs [${shape.join(', ')}]`,
      shape.length === 1 ? 'set data.length' : 'use other features for what is no text',
    );
  };
  return {
    name,
    sha256,
    tokens,
    size(inputShape) {
      lengthOf(inputShape);
      return size;
    },
    extract({ shape, inputs, labels }: Examples) {
      const length = lengthOf(shape);
      const ids = checked(inputs, tokens, name);
      const count = inputs.length / length || labels.length;
      const lengths = usedPositions(ids, shape);
      const order = [...lengths.keys()].sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0) || a - b);
      const features = new Float32Array(count * size);
      for (let start = 0; start < count; start += batch) {
        const rows = order.slice(start, start + batch);
        const longest = lengths[rows.at(-1) ?? 0] ?? 0;
        const width = Math.min(length, Math.max(step, Math.ceil(longest / step) * step));
        const x = tf.tensor2d(cutRows(ids, shape, rows, width), [rows.length, width], 'int32');
        const found = infer(x);
        x.dispose();
        rows.forEach((row, i) => features.set(found.subarray(i * size, (i + 1) * size), row * size));
      }
      return Promise.resolve(features);
    },
    dispose,
  };
}

/** @throws LifelongError `data` for an id that is none of the network's */
function checked(inputs: Examples['inputs'], tokens: number, name: string): Int32Array {
  if (!(inputs instanceof Int32Array)) throw new LifelongError('data', `features ${name}: int32 ids of tokens expected, found float32`);
  const wrong = inputs.find((id) => Math.abs(id) >= tokens);
  if (wrong === undefined) return inputs;
  throw new LifelongError(
    'data',
    `features ${name}: ids of ${tokens} tokens expected, found ${Math.abs(wrong)}: the vocabulary is of another network`,
    'set data.tokenizer to the vocabulary that the weights were trained with',
  );
}
