import { LifelongError } from '../../core/errors.js';
import { backend, tf, type Tensor } from '../backend.js';
import type { Graph, TensorType } from './graph.js';
import { optimize } from './optimize.js';
import { openSession } from './session.js';
import { isTracing, refuseFreedInputs, trace, type StepFunction } from './trace.js';

export type { StepFunction } from './trace.js';

/** A step that can be run again and again. */
export interface Step {
  /** Runs the step; the outputs are new tensors, for the caller to dispose. Input tensors are only read. */
  run(inputs: Record<string, Tensor>): Record<string, Tensor>;
  /** How it runs: `eager` also after compiling has failed. */
  readonly engine: 'compiled' | 'eager';
  /** Frees the compiled graphs. */
  dispose(): void;
}

export interface CompileOptions {
  /** For messages. */
  readonly name?: string;
  /** Told once, in one line, why the step is not compiled after all. */
  readonly onFallback?: (reason: string) => void;
  readonly engine?: 'compiled' | 'eager';
}

/**
 * Makes one TensorFlow graph of a step, and one session call of each run: several times as fast as running operation by operation, with the same
 * numbers but for rounding.
 *
 * What changes from call to call is an input, scalars such as the learning rate included; everything else, random numbers and tensors
 * from outside too, is fixed when a graph is made. That happens on the first call with inputs of given names, types and shapes (a smaller last
 * batch gets a graph of its own). Outputs stay on TensorFlow's side until they are read, so they can go into the next call at no cost.
 *
 * A step that cannot be compiled runs eagerly instead.
 *
 * @example
 * const step = compile(({ x, rate }) => ({ y: tf.mul(tf.square(x), rate) }));
 * const { y } = step.run({ x: tf.tensor1d([1, 2]), rate: tf.scalar(0.5) });
 */
export function compile(step: StepFunction, { name = 'step', onFallback, engine = 'compiled' }: CompileOptions = {}): Step {
  const programs = new Map<string, Program>();
  let current = engine;
  let disposed = false;

  const dispose = () => {
    for (const program of programs.values()) program.dispose();
    programs.clear();
  };
  /** Compiles for these inputs and runs for the first time; undefined when that fails. */
  const start = (key: string, inputs: Record<string, Tensor>): Record<string, Tensor> | undefined => {
    try {
      const program = load(name, optimize(trace(step, name, typesOf(inputs))));
      programs.set(key, program);
      return program.run(inputs);
    } catch (error) {
      if (error instanceof LifelongError && error.code === 'usage') throw error;
      dispose();
      current = 'eager';
      onFallback?.(error instanceof LifelongError ? error.message : `step ${name} cannot be compiled: ${firstLine(error)}`);
      return undefined;
    }
  };

  return {
    run(given) {
      if (disposed) throw new LifelongError('usage', `step ${name}: run after dispose`);
      refuseFreedInputs(name, given);
      if (isTracing()) return step(given);
      if (current === 'eager') return runEagerly(step, name, given);
      const inputs = Object.fromEntries(Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1)));
      const key = Object.entries(inputs)
        .map(([input, { dtype, shape }]) => `${input}: ${dtype} [${shape.join()}]`)
        .join();
      return programs.get(key)?.run(inputs) ?? start(key, inputs) ?? runEagerly(step, name, given);
    },
    get engine() {
      return current;
    },
    dispose() {
      disposed = true;
      dispose();
    },
  };
}

/** A compiled step for one set of input types. */
interface Program {
  run(inputs: Record<string, Tensor>): Record<string, Tensor>;
  dispose(): void;
}

function load(name: string, graph: Graph): Program {
  const session = openSession(graph);
  return {
    run(inputs) {
      const results = session.run(backend.getInputTensorIds(Object.values(inputs)));
      const tensors = results.map((metadata) => backend.createOutputTensor(metadata));
      return Object.fromEntries(
        graph.outputs.map(({ name: output, shape }, i) => {
          const tensor = tensors[i] as Tensor;
          if (tensor.shape.join() === shape.join()) return [output, tensor];
          tf.dispose(tensors);
          throw new LifelongError(
            'backend',
            `step ${name}: output ${output} of shape [${shape.join()}] expected as traced, found [${tensor.shape.join()}]: a shape depends on values`,
            'shapes must follow from the shapes of the inputs',
          );
        }),
      );
    },
    dispose() {
      session.dispose();
    },
  };
}

function runEagerly(step: StepFunction, name: string, inputs: Record<string, Tensor>): Record<string, Tensor> {
  // Copies, which cost nothing, because an output may be an input, or the same tensor as another output.
  const outputs = tf.tidy(() =>
    Object.fromEntries(Object.entries(step({ ...inputs })).map(([output, tensor]) => [output, tensor.clone()])),
  );
  refuseFreedInputs(name, inputs);
  return outputs;
}

function typesOf(inputs: Record<string, Tensor>): Record<string, TensorType> {
  return Object.fromEntries(Object.entries(inputs).map(([input, { dtype, shape }]) => [input, { dtype: typeNumber(input, dtype), shape }]));
}

function typeNumber(input: string, dtype: Tensor['dtype']): number {
  const { binding } = backend;
  switch (dtype) {
    case 'float32':
      return binding.TF_FLOAT;
    case 'int32':
      return binding.TF_INT32;
    case 'bool':
      return binding.TF_BOOL;
    default:
      throw new TypeError(`its input ${input} is of type ${dtype}, neither float32, int32 nor bool`);
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
