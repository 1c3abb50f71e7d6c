import { createRequire } from 'node:module';
import type * as TensorFlow from '@tensorflow/tfjs-node';
import { LifelongError } from '../core/errors.js';
import { prepareNative } from '../setup/native.mjs';

export type Tensor = TensorFlow.Tensor;

/** An attribute of a TensorFlow operation as the native binding takes it. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** Shape, type and handle of a tensor that lives on TensorFlow's side. */
export interface TensorMetadata {
  readonly id: number;
  readonly dtype: number;
  readonly shape: number[];
}

/** The native functions below tfjs. */
export interface Binding {
  readonly TF_Version: string;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_BOOL: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  createTensor(shape: number[], dtype: number, values: unknown): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array;
  executeOp(name: string, attributes: OpAttribute[], inputs: number[], outputs: number): TensorMetadata[];
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(id: number): void;
  runSavedModel(id: number, inputs: number[], inputNames: string, outputNames: string): TensorMetadata[];
  getNumOfTensors(): number;
}

/** What we use of tfjs-node's backend beyond the public API. */
export interface NodeBackend {
  binding: Binding;
  executeSingleOutput(name: string, attributes: OpAttribute[], inputs: readonly Tensor[]): Tensor;
  executeMultipleOutputs(name: string, attributes: OpAttribute[], inputs: readonly Tensor[], outputs: number): Tensor[];
  createOutputTensor(metadata: TensorMetadata): Tensor;
  getInputTensorIds(tensors: readonly Tensor[]): number[];
}

function load(): typeof TensorFlow {
  prepareNative();
  try {
    return createRequire(import.meta.url)('@tensorflow/tfjs-node') as typeof TensorFlow;
  } catch (cause) {
    throw new LifelongError(
      'backend',
      `the TensorFlow native backend does not load here: ${firstLine(cause)}`,
      'run `lifelong setup` (in a clone: `npm run setup`)',
      { cause },
    );
  }
}

const firstLine = (error: unknown) => (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';

/** tfjs on the native backend. Only nn and features use it. */
export const tf = load();

/** tfjs-node's backend, with the parts that its public type hides. */
export const backend = tf.backend() as unknown as NodeBackend;

/** TensorFlow's own functions, also while a trace has put its own in their place. */
export const native = backend.binding;
