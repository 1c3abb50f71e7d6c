import type { Cell } from './cell.js';
import type { Progress } from './progress.js';

/** What happens to the runs of a grid. `worker` names who works on it, where that is not this process. */
export type GridEvent = { readonly cell: Cell; readonly worker?: string } & (
  | { readonly type: 'cell-started' }
  | { readonly type: 'cell-progressed'; readonly progress: Progress }
  | { readonly type: 'cell-finished' }
  /** It is tried again, here or elsewhere. */
  | { readonly type: 'cell-retried'; readonly reason: string }
  /** It was given up. */
  | { readonly type: 'cell-failed'; readonly reason: string; readonly attempts: number }
);
