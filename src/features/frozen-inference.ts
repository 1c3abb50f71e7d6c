import type { Tensor } from '../nn/backend.js';
import { compile } from '../nn/compile/compile.js';

/** A frozen network's function on TensorFlow, from batches to typed arrays. */
export interface FrozenInference {
  /**
   * Features `[n, D]` of prepared inputs.
   *
   * @param batches how many batches of this size are about to come: many are worth a compiled graph
   */
  infer(inputs: Tensor, batches: number): Float32Array;
  dispose(): void;
}

/** Batches from which a compiled graph pays: it takes about a second to make and saves about a quarter of a pass. */
const breakEven = 16;

export function frozenInference(name: string, forward: (inputs: Tensor) => Tensor): FrozenInference {
  const step = ({ inputs }: Record<string, Tensor>) => ({ features: forward(inputs as Tensor) });
  const eager = compile(step, { name, engine: 'eager' });
  const compiled = compile(step, { name });
  return {
    infer(inputs, batches) {
      const { features } = (batches < breakEven ? eager : compiled).run({ inputs }) as { features: Tensor };
      const values = features.dataSync<'float32'>();
      features.dispose();
      return values;
    },
    dispose() {
      eager.dispose();
      compiled.dispose();
    },
  };
}
