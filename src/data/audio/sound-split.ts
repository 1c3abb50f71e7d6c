import type { Split } from '../../core/task.js';
import type { SoundCopy } from './sound-copy.js';

/** A split of recordings, which can be heard in other ways than they are. */
export interface SoundSplit extends Split {
  /** Of the recording of every example. */
  readonly paths: readonly string[];
  /** The same examples, each with its sound changed so before it becomes an input. */
  heard(copy: SoundCopy): Split;
}

export const isSoundSplit = (split: Split): split is SoundSplit => 'heard' in split;
