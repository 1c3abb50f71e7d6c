import type { Input } from '../core/input.js';
import type { ClassName, Reading, Split } from '../core/task.js';

/** A labelled data set as its files give it, before it is cut into tasks. */
export interface Dataset {
  readonly name: string;
  /** Every class in the owner's order; labels of the parts are indices into it. */
  readonly classes: readonly ClassName[];
  /** `[height, width, channels]` of images, `[length]` of vectors and texts, `[frames, bands]` of sounds. */
  readonly inputShape: readonly number[];
  /** What its shape says unless given. */
  readonly domain?: Input['domain'];
  /** float32 unless given. */
  readonly dtype?: Input['dtype'];
  readonly train: Split;
  /** The owner's own validation part, where there is one. */
  readonly validation?: Split;
  readonly test: Split;
  /** Name of the superclass of every class, where the data have superclasses. */
  readonly superclasses?: readonly ClassName[];
  /** Every value of the data's files was multiplied by it; undefined where they are as they are, and bytes value / 255. */
  readonly scale?: number;
  /** Undefined for data that no source has read. */
  readonly reading?: Reading;
  /** Changes when the data change. */
  readonly fingerprint: string;
  /** A fingerprint of the examples of each class alone, which stays when other classes come; the whole data's stands for each where it is not given. */
  classFingerprints?(): readonly string[];
  /** True when reading an example means decoding a file, so that statistics are taken from a sample. */
  readonly costly?: boolean;
  /** What a person should know of how the files were read: what is left out, and what was converted or replaced so far; a sentence each. */
  notes?(): readonly string[];
}
