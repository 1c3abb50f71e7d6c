/** Counts what was changed in the files of a data set as they were read, each file once. */
export class ReadingTally<Change extends string> {
  readonly #read = new Set<string>();
  readonly #changed = new Map<Change, Set<string>>();

  /** @param many what the files are: `images` */
  constructor(private readonly many: string) {}

  add(path: string, changes: readonly Change[]): void {
    this.#read.add(path);
    for (const change of changes) this.#changed.set(change, (this.#changed.get(change) ?? new Set()).add(path));
  }

  /** A sentence for each kind of change. */
  notes(): string[] {
    return [...this.#changed].map(([change, paths]) => `${paths.size} of ${this.#read.size} ${this.many} read so far: ${change}`);
  }
}
