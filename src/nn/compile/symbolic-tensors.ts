import type { Binding, OpAttribute, TensorMetadata } from '../backend.js';
import type { TensorType } from './graph.js';

/** Tensors of a given type and shape whose values do not matter. */
export interface SymbolicTensors {
  /** A handle of a new symbolic tensor, to be deleted like any other. */
  create(type: TensorType): number;
  dispose(): void;
}

/**
 * Symbolic tensors of one element type are views (slice and reshape share memory in TensorFlow) of one block of zeros, as large as the largest of
 * them: a whole training step's tensors take the memory of its largest.
 */
export function createSymbolicTensors(binding: Binding): SymbolicTensors {
  const blocks = new Map<number, { readonly id: number; readonly size: number }>();
  const int32 = (values: readonly number[], shape: readonly number[]) =>
    binding.createTensor([...shape], binding.TF_INT32, Int32Array.from(values));

  const type = (name: string, value: number) => ({ name, type: binding.TF_ATTR_TYPE, value });
  /** Runs an operation with one output and deletes its inputs, but for the kept one. */
  const execute = (op: string, attributes: OpAttribute[], inputs: number[], kept?: number): number => {
    try {
      const [output] = binding.executeOp(op, attributes, inputs, 1) as [TensorMetadata];
      return output.id;
    } finally {
      for (const id of inputs) if (id !== kept) binding.deleteTensor(id);
    }
  };

  const block = (dtype: number, size: number): number => {
    const present = blocks.get(dtype);
    if (present && present.size >= size) return present.id;
    const zero = execute('Cast', [type('SrcT', binding.TF_INT32), type('DstT', dtype)], [int32([0], [])]);
    const id = execute('Fill', [type('T', dtype), type('index_type', binding.TF_INT32)], [int32([size], [1]), zero]);
    if (present) binding.deleteTensor(present.id);
    blocks.set(dtype, { id, size });
    return id;
  };

  return {
    create({ dtype, shape }) {
      const size = shape.reduce((product, length) => product * length, 1);
      const whole = block(dtype, size);
      const index = (name: string) => [type('T', dtype), type(name, binding.TF_INT32)];
      const flat = execute('Slice', index('Index'), [whole, int32([0], [1]), int32([size], [1])], whole);
      return execute('Reshape', index('Tshape'), [flat, int32(shape, [shape.length])]);
    },
    dispose() {
      for (const { id } of blocks.values()) binding.deleteTensor(id);
      blocks.clear();
    },
  };
}
