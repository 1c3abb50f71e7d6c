import type { GraphAttribute } from './attributes.js';
import type { Constant } from './fold.js';

/** An operation as a tfjs graph model has it. */
export interface ModelNode {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr: Readonly<Record<string, GraphAttribute>>;
}

/** Whose a weight is, and so in which file it lies: of what the network stands on, of the network, which tasks share, or the task's own. */
export type WeightOwner = 'frozen' | 'network' | 'task';

/** A constant, with the name of its node. */
export interface ModelWeight extends Constant {
  readonly name: string;
  readonly owner: WeightOwner;
}

/** What a task's examples go through, however many they are: from the node `input` to the node `logits`, and the constants on the way. */
export interface InferenceGraph {
  readonly nodes: readonly ModelNode[];
  readonly weights: readonly ModelWeight[];
}
