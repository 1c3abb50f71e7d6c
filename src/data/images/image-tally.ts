import type { ImageChange } from './read-image.js';

/** Counts what was changed in the images of a data set as they were read, each image once. */
export class ImageTally {
  readonly #read = new Set<string>();
  readonly #changed = new Map<ImageChange | 'damaged, another of their class stands in', Set<string>>();

  add(path: string, changes: readonly ImageChange[]): void {
    this.#read.add(path);
    for (const change of changes) this.#count(change, path);
  }

  addDamaged(path: string): void {
    this.#read.add(path);
    this.#count('damaged, another of their class stands in', path);
  }

  /** A sentence for each kind of change. */
  notes(): string[] {
    return [...this.#changed].map(([change, paths]) => `${paths.size} of ${this.#read.size} images read so far: ${change}`);
  }

  #count(change: ImageChange | 'damaged, another of their class stands in', path: string): void {
    const paths = this.#changed.get(change) ?? new Set();
    this.#changed.set(change, paths.add(path));
  }
}
