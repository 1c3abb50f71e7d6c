import type { Input } from '../core/input.js';
import type { Random } from '../core/random.js';
import type { Augmentation, Examples, Reading, Task } from '../core/task.js';
import type { FileExamples } from '../data/file-examples.js';

/**
 * What a domain of inputs is, but for learning it: which networks take it is for the kinds of experts to say. One file each; what only some commands
 * use, and what takes long to load, is loaded when it is asked for.
 */
export interface DomainKind {
  /** Its inputs in words, with their axes: `images [height, width, channels]`. */
  readonly inputs: string;
  /** Whether inputs of this shape and type can be of the domain. */
  accepts(input: Pick<Input, 'shape' | 'dtype'>): boolean;
  /** Name of the frozen extractor that tasks are measured with where none is asked for. */
  readonly features: string;
  /** Whether what is 0 at the end of an input's first axis is padding, so that inputs are told apart by length. */
  readonly padded: boolean;
  /** What raw values lie in; null where they have units of their own. */
  readonly range: readonly [smallest: number, largest: number] | null;
  /** Changes training examples at random; null where nothing does. */
  readonly augment: ((examples: Examples, augmentations: readonly Augmentation[], random: Random) => Examples) | null;
  /** Files of its own, such as an image; null where there are none but the arrays (`.npy`, `.json`) of every domain. */
  readonly files: DomainFiles | null;
  /** Draws training examples of a task as a PNG, a row for each class; null where there is nothing to see. */
  readonly drawSheet: ((task: Task) => Promise<Uint8Array>) | null;
  /**
   * What a person should look at in the data of a task, a sentence each.
   *
   * @param range smallest and largest value; null where there are no examples
   */
  doubts(input: Input, range: readonly [smallest: number, largest: number] | null): readonly string[];
}

/** How a file is read. */
export interface FileReading {
  /** How the task's own data were read. */
  readonly reading: Reading | undefined;
  /** Larger images are refused. */
  readonly maxPixels: number | undefined;
}

/** Files of a domain's own, with an example or several. */
export interface DomainFiles {
  /** Such a file in words: `an image`. */
  readonly name: string;
  /** Whether this is one, by its name or its first bytes. */
  recognizes(path: string): Promise<boolean>;
  /**
   * What is in it, as a task with such inputs sees it.
   *
   * @throws LifelongError `data` for a file that cannot be read
   */
  read(path: string, input: Input, how: FileReading): Promise<FileExamples>;
}
