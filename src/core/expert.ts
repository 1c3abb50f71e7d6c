import { z } from 'zod';
import type { Architecture } from './architecture.js';

/** A hash, of weights by their content. */
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'a sha256 in 64 hexadecimal digits expected');

/** A frozen network that an expert stands on, by name and by the content of its weights: a backbone, or another expert as it was then. */
export const frozenBaseRefSchema = z.union([
  z.strictObject({ backbone: z.string(), sha256: sha256Schema }),
  /** Id of the expert. */
  z.strictObject({ expert: z.string(), sha256: sha256Schema }),
]);
export type FrozenBaseRef = z.infer<typeof frozenBaseRefSchema>;

/** What a report says of an expert: a feature network shared by a group of tasks. */
export interface ExpertSummary {
  /** `e0`, `e1`, … in order of allocation. */
  readonly id: string;
  /** Ids of the tasks that share it, in order of joining. */
  readonly tasks: readonly string[];
  /** The frozen network that it stands on, or null. */
  readonly on: FrozenBaseRef | null;
  readonly architecture: Architecture;
  /** `searched`, or the id of the expert whose architecture was copied, or null where the strategy has a fixed one. */
  readonly architectureFrom: string | null;
  /** Trainable numbers of the expert without heads; batch-norm scale and offset included, running statistics not. */
  readonly parameters: number;
  /** Bytes of all its own weights, running statistics included (float32); those of what it stands on are not. */
  readonly bytes: number;
  /** Multiply-adds of one forward pass of one example. */
  readonly macs: number;
  /** Of edits of hidden states, where others have such at the same sites: how much of what they add lies in the others' subspaces (0 none, 1 all), as it was when the expert was last saved. */
  readonly leak?: number;
  /** Hash of the controller that it shares with others; the first of those has its numbers, and the others do not count them. */
  readonly controller?: string;
}
