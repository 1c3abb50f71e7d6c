/** What a job file for a cluster is made of. */
export interface JobFile {
  /** Of the grid, fit for folders. */
  readonly name: string;
  /** The grid file, as seen from the folder that jobs start in. */
  readonly file: string;
  readonly out: string;
  /** Runs. */
  readonly count: number;
  /** Of TensorFlow, and cores, for each run. */
  readonly threads: number;
}
