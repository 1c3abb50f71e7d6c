import type { Decision } from '../core/decision.js';
import type { ReportedDecision } from './reported-decision.js';

/** How a task came to its expert, as the chart of experts marks it; `fixed` where no decision is taken. */
export type Joining = 'searched' | 'copied' | 'patch' | 'distil' | 'head only' | 'fixed';

interface Words<Of extends ReportedDecision> {
  /** Three or four words. */
  describe(decision: Of): string;
  joining(decision: Of): Joining;
}

type WordsOf<Kind extends Decision['kind']> = Words<Extract<ReportedDecision, { kind: Kind }>>;

const words: { readonly [Kind in Decision['kind']]: WordsOf<Kind> } = {
  regularize: {
    describe: ({ expert, mode, capped }) =>
      `regularize in ${expert} (${mode === 'head-only' ? 'new head only' : 'distil'}${capped ? ', at the cap' : ''})`,
    joining: ({ mode }) => (mode === 'head-only' ? 'head only' : 'distil'),
  },
  attach: {
    describe: ({ on, module }) => `new ${module} on ${on}`,
    joining: () => 'patch',
  },
  'reuse-architecture': {
    describe: ({ from }) => `new expert, architecture of ${from}`,
    joining: () => 'copied',
  },
  search: {
    describe: () => 'new expert, searched',
    joining: () => 'searched',
  },
  own: {
    describe: ({ words }) => words,
    joining: ({ joining }) => joining,
  },
};

const wordsFor = ({ kind }: ReportedDecision): Words<ReportedDecision> => words[kind];

/** A decision in three or four words: `regularize in e0 (distil)`, `new expert, architecture of e0`, `new expert, searched`. */
export function describeDecision(decision: ReportedDecision | null): string {
  return decision ? wordsFor(decision).describe(decision) : 'none';
}

export function joiningOf(decision: ReportedDecision | null): Joining {
  return decision ? wordsFor(decision).joining(decision) : 'fixed';
}
