import type { GraphAttribute } from './attributes.js';
import type { Constant } from './fold.js';

/** An operation as a tfjs graph model has it. */
export interface ModelNode {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr: Readonly<Record<string, GraphAttribute>>;
}

/** A constant, with the name of its node. */
export interface ModelWeight extends Constant {
  readonly name: string;
  /** Whether it comes from the network; all others are the task's own. */
  readonly shared: boolean;
}

/** What a task's examples go through, however many they are: from the node `input` to the node `logits`, and the constants on the way. */
export interface InferenceGraph {
  readonly nodes: readonly ModelNode[];
  readonly weights: readonly ModelWeight[];
}
