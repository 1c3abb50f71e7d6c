import type { Examples } from '../../core/task.js';
import type { SearchSubject } from './search-setting.js';

export type HalfName = 'training' | 'judging';

/** What a worker process of a search is told before its first candidate: what it is about, then both halves of the data in blocks, in order. */
export type SearchMessage =
  | { readonly kind: 'subject'; readonly subject: SearchSubject; readonly sizes: Readonly<Record<HalfName, number>> }
  | { readonly kind: 'examples'; readonly half: HalfName; readonly start: number; readonly examples: Examples };
