import { z } from 'zod';
import type { Backbone, Site } from '../../backbones/backbone.js';
import type { Architecture } from '../../core/architecture.js';
import type { Tensor } from '../../nn/backend.js';
import type { Scope } from '../../nn/scope.js';

/** What heads on a backbone read, pooled: of its last stage, or of every stage. */
export const readouts = ['last', 'every'] as const;

/** What every expert that is attached to a backbone is built from, whatever its module. */
export const attachedSchema = z.strictObject({
  kind: z.literal('attached'),
  /** Images are resized to `side` x `side`; null for what is no image. */
  side: z.int().positive().nullable(),
  /** Stages of the backbone that the module is attached to, by name. */
  stages: z.array(z.string()),
  /** What heads read: `last` where it is not said. */
  readout: z.enum(readouts).optional(),
});

/** What every expert that is attached to a backbone is built from; a module, by name, may have more of its own. */
export type AttachedArchitecture = Architecture & z.infer<typeof attachedSchema> & { readonly module: string };

/** What is attached to something frozen and trained there. A plug-in: one file each. */
export interface Module<Of extends AttachedArchitecture = AttachedArchitecture> {
  readonly kind: Of['module'];
  /** Of the architectures with it. */
  readonly schema: z.ZodType<Of>;
  /** Where it can be attached; none for a backbone that it is not for. */
  sites(backbone: Backbone): readonly Site[];
  /**
   * Begins a forward pass. What it gives says what goes on from each site, in the order of the pass; it asks the scope for its weights, which
   * declares them. With weights as they begin, what has come to a site goes on, bit for bit, unless an architecture says that they begin otherwise.
   */
  attach(scope: Scope, architecture: Of): (site: Site, x: Tensor) => Tensor;
  /**
   * Begins a pass of a module that trains the backbone's own weights. What it gives says what counts as a weight, by name, of a stage that the module
   * is attached to.
   */
  weights?(scope: Scope, architecture: Of): (stage: string, name: string) => Tensor;
}
