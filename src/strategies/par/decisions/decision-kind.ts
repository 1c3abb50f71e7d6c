import type { Architecture } from '../../../core/architecture.js';
import type { Decision } from '../../../core/decision.js';
import type { Expert } from '../../../experts/expert.js';
import type { FrozenBase } from '../../../experts/frozen-base.js';
import type { Memory } from '../../../experts/memory.js';
import type { ParOptions } from '../options.js';
import type { Numbers } from './numbers.js';

/** What a task's learning starts from. */
export interface Start {
  readonly expert: Expert;
  /** Whether the expert is new. */
  readonly added: boolean;
  /** How the task is trained: a new expert, an expert further, or a head alone. */
  readonly phase: 'train' | 'distil' | 'head';
}

/** What there is to start with. */
export interface Means {
  readonly memory: Memory;
  /** Once a search for the task has ended. */
  readonly found: Architecture | undefined;
  /**
   * @param from where the architecture comes from: `searched`, or the id of an expert
   * @param on what the expert stands on; what is searched for stands on the backbone of the run, where there is one
   */
  readonly newExpert: (architecture: Architecture, from: string, on?: FrozenBase) => Expert;
}

/** One kind of decision: when it is taken and how learning starts after it. Its words for reports are in src/report/decision-words.ts. */
export interface DecisionKind<Of extends Decision = Decision> {
  /** {@link decisionName} of its decisions. */
  readonly name: string;
  /** The decision, where it applies to these numbers. */
  propose(numbers: Numbers, options: ParOptions): Of | undefined;
  /** Undefined as long as an architecture has to be searched for. */
  start(decision: Of, means: Means): Start | undefined;
}
