import { native, type OpAttribute } from './backend.js';

/**
 * An operation that is called at the binding in a way in which tfjs itself does not call it. Builds of TensorFlow differ in which kernels they
 * have (plain x86 or oneDNN, ARM, GPU, other versions), and a wrong one may answer without an error. So each is tried once a process, on a
 * small tensor whose result is known, at its first use; where it fails, whoever asked takes a slower exact form made of ordinary operations.
 */
export interface Kernel {
  /** For run records: the operation, and what is special about its use. */
  readonly name: string;
  /** Whether this build has it right. Always false within {@link portably}. */
  works(): boolean;
}

/** A tensor of a trial, by its handle; undefined for an output that the operation did not give. */
type Handle = number | undefined;

/** Runs an operation at the binding on the trial's own tensors. */
type Call = (op: string, attributes: readonly OpAttribute[], inputs: readonly Handle[], outputs: number) => Handle[];

/** Makes a tensor for a trial. */
type Make = (shape: readonly number[], values: readonly number[], type?: 'float32' | 'int32') => Handle;

/** What a trial found beside what it should have. */
type Outcome = readonly (readonly [found: Handle, expected: readonly number[]])[];

/** Calls an operation on small tensors. */
type Trial = (call: Call, make: Make) => Outcome;

/** Farther from the known value than rounding in float32 takes a result of about 1, and nearer than any wrong kernel. */
const tolerance = 1e-3;

let portable = false;

/** Declares an operation with its trial. */
export function kernel(name: string, trial: Trial): Kernel {
  let passed: boolean | undefined;
  return { name, works: () => !portable && (passed ??= passes(trial)) };
}

/** Runs `work` with exact forms alone: what it records runs on any build and in plain tfjs. */
export function portably<T>(work: () => T): T {
  const before = portable;
  portable = true;
  try {
    return work();
  } finally {
    portable = before;
  }
}

/** The trial runs beside a trace and beside any gradient tape: on TensorFlow's own binding, with handles of its own. */
function passes(trial: Trial): boolean {
  const made: number[] = [];
  const keep = (id: number): number => {
    made.push(id);
    return id;
  };
  const call: Call = (op, attributes, inputs, outputs) =>
    native.executeOp(op, [...attributes], inputs as number[], outputs).map(({ id }) => keep(id));
  const make: Make = (shape, values, type = 'float32') =>
    type === 'float32'
      ? keep(native.createTensor([...shape], native.TF_FLOAT, Float32Array.from(values)))
      : keep(native.createTensor([...shape], native.TF_INT32, Int32Array.from(values)));
  try {
    return trial(call, make).every(([id, expected]) => {
      const found = id === undefined ? [] : native.tensorDataSync(id);
      return found.length === expected.length && expected.every((value, i) => Math.abs((found[i] ?? NaN) - value) <= tolerance);
    });
  } catch {
    return false; // a kernel that is missing, or does not know an attribute, is an error of the binding
  } finally {
    for (const id of made) native.deleteTensor(id);
  }
}
