import type { FrozenWeights } from '../core/frozen-weights.js';
import type { Tensor } from './backend.js';
import { compile, type Step, type StepFunction } from './compile/compile.js';
import { createFrozenStore } from './frozen-tensors.js';

/**
 * Uses from which a compiled step pays, unless its definition says otherwise: building a graph costs about as much as it saves in so many steps
 * (measured: docs/performance.md).
 */
const usualBreakEven = 12;

/** Steps that cost more than usual to compile, of which so many are kept beside the others. */
const costlyLimit = 4;

/** How steps are executed: `auto` compiles what runs often enough, `eager` nothing. They differ by rounding, which training amplifies. */
export type Engine = 'auto' | 'eager';

/** How to build a step. */
export interface StepDefinition {
  /** Holds everything that the step depends on besides its inputs: equal keys stand for equal steps. */
  readonly key: string;
  readonly build: () => StepFunction;
  /** Uses from which compiling it pays, where that takes more than the usual number. */
  readonly breakEven?: number | undefined;
  /** Weights that the step reads besides its inputs. They are no part of what it is: it runs on others of the same names and shapes too. */
  readonly frozen?: FrozenWeights | undefined;
}

/**
 * Steps by key, the least recently used disposed when there are more than `limit` of the usual ones or a few of the costly ones, and the frozen
 * weights that they read.
 */
export interface StepCache {
  /**
   * The step so defined, built when there is none of its key; it is given its frozen weights, which stay on TensorFlow's side.
   *
   * @param uses how often it is planned to run with one batch shape; known beforehand, so that a resumed run takes the same way
   */
  get(definition: StepDefinition, uses: number): Step;
  dispose(): void;
}

/** @param onFallback told once, in one line, when a step cannot be compiled and runs eagerly */
export function createStepCache(engine: Engine, onFallback?: (reason: string) => void, limit = 12): StepCache {
  const usual = new Map<string, Step>();
  const costly = new Map<string, Step>();
  const store = createFrozenStore();
  let told = false;
  const fallback = (reason: string) => {
    if (!told) onFallback?.(`${reason}; it runs uncompiled: slower, and sums round otherwise`);
    told = true;
  };
  return {
    get({ key, build, breakEven = usualBreakEven, frozen }, uses) {
      const kind = engine === 'auto' && uses >= breakEven ? 'compiled' : 'eager';
      const [steps, most] = breakEven > usualBreakEven ? [costly, costlyLimit] : [usual, limit];
      const id = `${kind} ${key}`;
      const step = steps.get(id) ?? compile(build(), { name: key.slice(0, 40), engine: kind, onFallback: fallback });
      steps.delete(id);
      steps.set(id, step);
      for (const [oldest, unused] of steps) {
        if (steps.size <= most) break;
        unused.dispose();
        steps.delete(oldest);
      }
      return frozen ? fed(step, () => store.inputs(frozen)) : step;
    },
    dispose() {
      for (const step of [...usual.values(), ...costly.values()]) step.dispose();
      usual.clear();
      costly.clear();
      store.dispose();
    },
  };
}

/** A step that is given these inputs too. */
function fed(step: Step, more: () => Readonly<Record<string, Tensor>>): Step {
  return {
    run: (inputs) => step.run({ ...inputs, ...more() }),
    get engine() {
      return step.engine;
    },
    dispose() {
      step.dispose();
    },
  };
}
