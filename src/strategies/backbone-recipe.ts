import type { Domain } from '../core/input.js';
import { isAttached, type AttachedModule } from '../experts/attached-modules.js';
import type { Optimizer } from '../nn/optimizer-names.js';

/** What is asked for, where it says something about other options. */
export interface Asked {
  readonly network?: unknown;
  readonly module?: unknown;
  readonly optimizer?: unknown;
}

/** What options are unless they are given, where experts stand on a backbone: little is trained, and from a good start. */
const onImages = { network: 'patch', epochs: 10, batchSize: 32, learningRate: 0.003, weightDecay: 0.0001, samples: 10 } as const;

/**
 * On a transformer, for texts or sounds: rates by validation accuracy on the first tasks of six-sentences and fsdd-babble-10, and the optimizer that did better (docs/strategies.md).
 * Those of a patch were not searched for.
 */
const onTransformers: Readonly<Record<AttachedModule, Readonly<Record<Optimizer, number>> & { readonly better: Optimizer }>> = {
  patch: { better: 'sgd', sgd: 0.03, adamw: 0.003 },
  adapter: { better: 'adamw', sgd: 0.03, adamw: 0.003 },
  edit: { better: 'sgd', sgd: 0.1, adamw: 0.01 },
  recurrent: { better: 'sgd', sgd: 0.003, adamw: 0.0003 },
  unfrozen: { better: 'sgd', sgd: 0.03, adamw: 0.0003 },
};

/**
 * What a strategy's options begin with on a backbone for `domain`.
 *
 * @param leavesOptimizer whether the strategy has an option `optimizer`
 */
export function backboneRecipe(domain: Domain | undefined, asked: Asked, leavesOptimizer: boolean) {
  if (domain !== 'text' && domain !== 'audio') return onImages;
  const named = asked.network ?? asked.module;
  const { better, ...rates } = onTransformers[typeof named === 'string' && isAttached(named) ? named : 'adapter'];
  const wanted = asked.optimizer === 'sgd' || asked.optimizer === 'adamw' ? asked.optimizer : better;
  const optimizer = leavesOptimizer ? wanted : 'sgd';
  return { ...onImages, network: 'adapter', optimizer, learningRate: rates[optimizer] } as const;
}
