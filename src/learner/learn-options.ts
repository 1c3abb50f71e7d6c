import type { LearnContext } from '../strategies/strategy.js';
import type { FeatureRequest } from './extractor-choice.js';

/** How a stream is learned. */
export interface LearnOptions {
  /** Folder to keep the run in; without it nothing is written. */
  readonly run?: string;
  /** Rules initial weights, shuffles and search samples. Default: the stream's seed, or 0. */
  readonly seed?: number;
  /** Learn at most so many tasks. */
  readonly tasks?: number;
  /**
   * A feature extractor, or the name or path of one, for all tasks or for those of each domain, as `{ image, vector }`. Default: the stream's, or
   * `pixels` for images and `vector` for vectors.
   */
  readonly features?: FeatureRequest;
  /**
   * A frozen pretrained network that experts stand on, as `efficientnet-lite0:weights.safetensors@96`. Without `features` they are its pooled output.
   * Default: the stream's, or none.
   */
  readonly backbone?: string;
  /** Replace a run that is in the folder. */
  readonly force?: boolean;
  /** Stops at the next batch when aborted; what was learned is saved. */
  readonly signal?: AbortSignal;
  /** Save in the middle of a task after every so many epochs and search samples. Default: as often as leaves all saving below 2.5 % of the time. */
  readonly saveEvery?: number;
  /**
   * Measure accuracy during training too: after every so many epochs of a task, on it and on the earlier tasks that its training can change, with
   * the weights of the moment and at most 500 test examples of each. It changes nothing that is learned, and a resumed run goes on with it.
   * Default 0: only after each task.
   */
  readonly evalEvery?: number;
  /** For how many of the latest tasks the state after learning them is kept, to go back there. Default 2. */
  readonly keep?: number;
  /**
   * Processes that train the paths of an architecture search beside each other, in rounds of the option `searchRound`; unless given, half as many
   * as the machine has cores, none on fewer than four. They change no result, and a resumed run may have others.
   */
  readonly workers?: number;
  /** Starts workers elsewhere in place of those processes, such as on other machines (`--workers redis://…`). */
  readonly startWorkers?: NonNullable<LearnContext['startWorkers']>;
  /** Told what a user should know though it stops nothing. */
  readonly onNotice?: (notice: string) => void;
}
