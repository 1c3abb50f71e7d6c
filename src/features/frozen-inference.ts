import type { Tensor } from '../nn/backend.js';
import { compile } from '../nn/compile/compile.js';

/** A frozen network's function on TensorFlow, from images to typed arrays. */
export interface FrozenInference {
  /**
   * Features `[n, D]` of images `[n, side, side, 3]`.
   *
   * @param batches how many batches of this size are about to come: many are worth a compiled graph
   */
  infer(images: Tensor, batches: number): Float32Array;
  dispose(): void;
}

/** Batches from which a compiled graph pays: it takes about a second to make and saves about a quarter of a pass. */
const breakEven = 16;

export function frozenInference(name: string, forward: (images: Tensor) => Tensor): FrozenInference {
  const step = ({ images }: Record<string, Tensor>) => ({ features: forward(images as Tensor) });
  const eager = compile(step, { name, engine: 'eager' });
  const compiled = compile(step, { name });
  return {
    infer(images, batches) {
      const { features } = (batches < breakEven ? eager : compiled).run({ images }) as { features: Tensor };
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
