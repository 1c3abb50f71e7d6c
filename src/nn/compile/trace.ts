import { LifelongError } from '../../core/errors.js';
import { backend, tf, type NodeBackend, type Tensor } from '../backend.js';
import type { Graph, TensorType } from './graph.js';
import { createRecorder } from './recorder.js';
import { useTraceableKernels } from './traceable-kernels.js';

/** A pure function from named tensors to named tensors, in ordinary tf.*: no reading back, no data-dependent control flow, no random numbers. */
export type StepFunction = (inputs: Record<string, Tensor>) => Record<string, Tensor>;

let tracing = false;

/** True while a step is traced. */
export const isTracing = () => tracing;

/**
 * Writes down which TensorFlow operations a step executes, as a graph.
 *
 * The step runs once, on symbolic tensors for its inputs: every operation that depends on an input is recorded, executed to learn its output's shape,
 * and answered with a symbolic tensor of that shape, so that tracing takes the memory of one operation and not of a step. What does not depend on an
 * input is executed as usual and enters the graph as a constant.
 *
 * @throws LifelongError `backend` when the step does what a graph cannot do, `usage` when it uses a tensor that it has freed
 */
export function trace(step: StepFunction, name: string, inputs: Readonly<Record<string, TensorType>>): Graph {
  const recorder = createRecorder(backend.binding, name);
  const made: Tensor[] = [];
  const removeHooks = hook({
    // The binding's own functions cannot be replaced, hence a copy.
    binding: { ...propertiesOf(backend.binding), executeOp: recorder.executeOp, tensorDataSync: recorder.tensorDataSync },
    createOutputTensor(metadata) {
      const tensor = backendPrototype.createOutputTensor.call(backend, metadata);
      made.push(tensor);
      return tensor;
    },
    executeSingleOutput(op, attributes, tensors) {
      refuseFreed(name, op, tensors);
      return backendPrototype.executeSingleOutput.call(backend, op, attributes, tensors);
    },
    executeMultipleOutputs(op, attributes, tensors, outputs) {
      refuseFreed(name, op, tensors);
      return backendPrototype.executeMultipleOutputs.call(backend, op, attributes, tensors, outputs);
    },
  });
  const restoreKernels = useTraceableKernels();
  tracing = true;
  try {
    tf.tidy(() => {
      const symbolicTensors: Record<string, Tensor> = {};
      for (const [input, type] of Object.entries(inputs)) symbolicTensors[input] = backend.createOutputTensor(recorder.input(input, type));
      const outputs = step({ ...symbolicTensors });
      for (const [output, tensor] of Object.entries(outputs)) {
        refuseFreed(name, `output ${output}`, [tensor]);
        for (const id of backend.getInputTensorIds([tensor])) recorder.output(output, id);
      }
      refuseFreedInputs(name, symbolicTensors);
    });
    return recorder.graph();
  } finally {
    tracing = false;
    // What a step keeps beyond a tidy has no values here.
    tf.dispose(made.filter(({ isDisposed }) => !isDisposed));
    restoreKernels();
    removeHooks();
    recorder.dispose();
  }
}

/** @throws LifelongError `usage` naming the input that is disposed, if one is */
export function refuseFreedInputs(step: string, inputs: Readonly<Record<string, Tensor>>): void {
  for (const [input, tensor] of Object.entries(inputs)) {
    if (tensor.isDisposed)
      throw new LifelongError('usage', `step ${step}: its input ${input} is freed`, 'dispose inputs after the call, outside the step');
  }
}

function refuseFreed(step: string, op: string, tensors: readonly Tensor[]): void {
  if (!tensors.some(({ isDisposed }) => isDisposed)) return;
  throw new LifelongError('usage', `step ${step}: ${op} is given a tensor that is freed`, 'dispose a tensor after its last use');
}

const backendPrototype = Object.getPrototypeOf(backend) as NodeBackend;

/** Puts these in place of the backend's own until the returned function is called. */
function hook(replacements: Partial<NodeBackend>): () => void {
  const { binding } = backend;
  Object.assign(backend, replacements);
  return () => {
    for (const name of Object.keys(replacements)) Reflect.deleteProperty(backend, name);
    backend.binding = binding;
  };
}

function propertiesOf<T extends object>(object: T): T {
  return Object.fromEntries(Reflect.ownKeys(object).map((key) => [key, Reflect.get(object, key) as unknown])) as T;
}
