import { attribute } from './attributes.js';
import { backend, tf, type Tensor } from './backend.js';
import { isTracing } from './compile/trace.js';

/** How one of several computations, of which one runs, reaches what lies outside of it. */
export interface Gate {
  /** A tensor from outside, for use within; differentiable. */
  enter(outside: Tensor): Tensor;
  /** A tensor from within, for use outside; `otherwise`, of the same shape, where another computation runs. No gradient goes through it. */
  leave(inside: Tensor, otherwise: Tensor): Tensor;
}

/** A computation that may run. What it gives must depend on `x`. */
export type Branch = (x: Tensor, gate: Gate) => Tensor;

/**
 * What the branch of this index makes of `x`; the others do not run, neither forward nor backward. Which one that is is known only when the step
 * runs: in a graph by TensorFlow's control flow, where operations whose input does not come pass on that nothing comes.
 *
 * @param index int32 scalar in [0, branches.length)
 * @param branches give tensors of one shape
 */
export function choose(index: Tensor, x: Tensor, branches: readonly Branch[]): Tensor {
  if (!isTracing()) {
    const [chosen = 0] = index.dataSync<'int32'>();
    return (branches[chosen] as Branch)(x, { enter: (outside) => outside, leave: (inside) => inside });
  }
  const inputs = tf.engine().runKernel<Tensor[]>('SwitchN', { x, index }, { branches: branches.length });
  // Kept for the gradient; the trace frees it.
  const outputs = branches.map((branch, i) => branch(inputs[i] as Tensor, gateFor(tf.keep(tf.equal(index, i)))));
  const named = Object.fromEntries(outputs.map((output, i) => [`${i}`, output]));
  return tf.engine().runKernel<Tensor>('Merge', { ...named, index }, { branches: branches.length });
}

/** Zeros of this shape as what a branch gives. */
export function nothing(x: Tensor, shape: readonly number[], gate: Gate): Tensor {
  const zeros = (sides: readonly number[]) => gate.enter(tf.fill([...sides], 0));
  return tf.customGrad((input) => ({ value: zeros(shape), gradFunc: () => zeros((input as Tensor).shape) }))(x);
}

/** @param chosen bool scalar */
function gateFor(chosen: Tensor): Gate {
  const pass = (x: Tensor, where: 0 | 1) =>
    backend.executeMultipleOutputs('Switch', [attribute.type('T')], [x, chosen], 2)[where] as Tensor;
  const either = (inside: Tensor, otherwise: Tensor) => merge([inside, pass(otherwise, 0)]);
  return {
    enter: (outside) =>
      tf.customGrad((x) => ({
        value: pass(x as Tensor, 1),
        gradFunc: (dy: Tensor) => either(dy, tf.fill((x as Tensor).shape, 0)),
      }))(outside),
    leave: either,
  };
}

/** The one of these that comes. */
function merge(tensors: readonly Tensor[]): Tensor {
  const attributes = [attribute.type('T'), attribute.integer('N', tensors.length)];
  return backend.executeMultipleOutputs('Merge', attributes, tensors, 2)[0] as Tensor;
}

function switchN(x: Tensor, index: Tensor, branches: number): Tensor[] {
  const attributes = [attribute.type('T'), attribute.integer('num_outs', branches)];
  return backend.executeMultipleOutputs('_SwitchN', attributes, [x, index], branches);
}

interface ChoiceAttributes {
  readonly branches: number;
}

const numbered = (tensors: readonly Tensor[]) => tensors.map((tensor, i) => [`${i}`, () => tensor] as const);

// Each is the other's gradient.
tf.registerKernel({
  kernelName: 'SwitchN',
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, attrs }) =>
    switchN(inputs['x'] as Tensor, inputs['index'] as Tensor, (attrs as unknown as ChoiceAttributes).branches),
});
tf.registerGradient({
  kernelName: 'SwitchN',
  inputsToSave: ['index'],
  gradFunc: (dys) => ({ x: () => merge(dys as Tensor[]) }),
});
tf.registerKernel({
  kernelName: 'Merge',
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, attrs }) =>
    merge(Array.from({ length: (attrs as unknown as ChoiceAttributes).branches }, (_, i) => inputs[`${i}`] as Tensor)),
});
tf.registerGradient({
  kernelName: 'Merge',
  inputsToSave: ['index'],
  gradFunc: (dy, [index], attrs) =>
    Object.fromEntries(numbered(switchN(dy as Tensor, index as Tensor, (attrs as unknown as ChoiceAttributes).branches))),
});
