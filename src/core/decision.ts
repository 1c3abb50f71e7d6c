/** Numbers that every decision of PAR carries: enough to check it by hand. */
interface Measured {
  /** Task whose expert is nearest, by id; absent for the first task. */
  readonly nearest?: string;
  /** Distance d* to the nearest group, in [0, 1]. */
  readonly divergence?: number;
  /** Distance to every group, by expert id. */
  readonly divergences: Readonly<Record<string, number>>;
  /** Distance between two halves of the task's own validation samples: what "the same task" looks like through these features. */
  readonly noiseFloor: number | null;
  /** One sentence for people. */
  readonly reason: string;
}

/** What was chosen for a task and why (PAR section 3). */
export type Decision =
  | (Measured & {
      readonly kind: 'regularize';
      readonly mode: 'distil' | 'head-only';
      readonly expert: string;
      readonly threshold: number | null;
    })
  | (Measured & { readonly kind: 'reuse-architecture'; readonly from: string; readonly threshold: number })
  | (Measured & { readonly kind: 'search'; readonly threshold: number | null });
