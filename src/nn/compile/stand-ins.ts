import type { Binding } from '../backend.js';
import type { TensorType } from './graph.js';

/** Tensors of a given type and shape whose values do not matter. */
export interface StandIns {
  /** A handle of a new stand-in, to be deleted like any other. */
  create(type: TensorType): number;
  dispose(): void;
}

/**
 * Stand-ins of one element type are views (slice and reshape share memory in TensorFlow) of one block of zeros, as large as the largest of
 * them: a whole training step's tensors take the memory of its largest.
 */
export function createStandIns(binding: Binding): StandIns {
  const blocks = new Map<number, { readonly id: number; readonly size: number }>();
  const int32 = (values: readonly number[], shape: readonly number[]) =>
    binding.createTensor([...shape], binding.TF_INT32, Int32Array.from(values));

  /** Runs an operation on temporary handles, which it deletes. */
  const execute = (op: string, dtype: number, indexName: string, inputs: readonly number[], owned: readonly number[]): number => {
    const attributes = [
      { name: 'T', type: binding.TF_ATTR_TYPE, value: dtype },
      { name: indexName, type: binding.TF_ATTR_TYPE, value: binding.TF_INT32 },
    ];
    try {
      return only(binding.executeOp(op, attributes, [...inputs], 1)).id;
    } finally {
      for (const id of owned) binding.deleteTensor(id);
    }
  };

  const block = (dtype: number, size: number): number => {
    const present = blocks.get(dtype);
    if (present && present.size >= size) return present.id;
    const zero = zeroOf(binding, dtype);
    const length = int32([size], [1]);
    const id = execute('Fill', dtype, 'index_type', [length, zero], [length, zero]);
    if (present) binding.deleteTensor(present.id);
    blocks.set(dtype, { id, size });
    return id;
  };

  return {
    create({ dtype, shape }) {
      const size = shape.reduce((product, length) => product * length, 1);
      const whole = block(dtype, size);
      const [start, length, sides] = [int32([0], [1]), int32([size], [1]), int32(shape, [shape.length])];
      const flat = execute('Slice', dtype, 'Index', [whole, start, length], [start, length]);
      return execute('Reshape', dtype, 'Tshape', [flat, sides], [flat, sides]);
    },
    dispose() {
      for (const { id } of blocks.values()) binding.deleteTensor(id);
      blocks.clear();
    },
  };
}

function zeroOf(binding: Binding, dtype: number): number {
  switch (dtype) {
    case binding.TF_FLOAT:
      return binding.createTensor([], dtype, new Float32Array(1));
    case binding.TF_INT32:
      return binding.createTensor([], dtype, new Int32Array(1));
    case binding.TF_BOOL:
      return binding.createTensor([], dtype, new Uint8Array(1));
    default:
      throw new TypeError(`tensors of TensorFlow's type ${dtype} are neither float32, int32 nor bool`);
  }
}

function only<T>(values: readonly T[]): T {
  const [value] = values;
  if (value === undefined || values.length !== 1) throw new RangeError(`one output expected, found ${values.length}`);
  return value;
}
