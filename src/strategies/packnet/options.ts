import { z } from 'zod';
import { attachedModules } from '../../experts/attached-modules.js';
import { networkShape } from '../shared/baseline-options.js';

export const packnetOptionsSchema = z.strictObject({
  ...z
    .object(networkShape)
    .omit({
      optimizer: true,
      stages: true,
      bottleneck: true,
      depthSharing: true,
      rank: true,
      orthogonality: true,
      init: true,
      readout: true,
    })
    .omit({ stateSize: true, recurrence: true, adapterHead: true, headUnits: true, controller: true, warmup: true }).shape,
  network: networkShape.network
    .unwrap()
    .exclude(attachedModules)
    .default('cells')
    .describe('cells: the expert network with one fixed genotype; mlp: two hidden layers without batch norm'),
  prune: z
    .number()
    .min(0)
    .lt(1)
    .default(0.75)
    .describe("share of each layer's newly trained weights that a task gives back, the smallest ones"),
  retrainEpochs: z.int().min(0).optional().describe('epochs that the remaining weights train after pruning; default: half of epochs'),
});

export type PacknetOptions = z.infer<typeof packnetOptionsSchema>;
