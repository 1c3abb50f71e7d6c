import { defer, type Observable } from 'rxjs';
import { openRunStore } from '../checkpoint/store.js';
import { LifelongError } from '../core/errors.js';
import type { LearnEvent } from '../core/events.js';
import type { RunRecord } from '../core/run-record.js';
import type { TaskStream } from '../core/stream.js';
import type { DataSource } from '../data/sources/source.js';
import { recordedStrategy } from '../strategies/recorded-strategy.js';
import type { StrategyPlugin } from '../strategies/registry.js';
import type { Strategy } from '../strategies/strategy.js';
import { arrayStream, type UserTasks } from '../streams/array-task.js';
import type { ManifestOverrides } from '../streams/read-manifest.js';
import { checkExtractor } from '../core/check-extractor.js';
import { checkBackbone, chooseBackbone } from './backbone-choice.js';
import { continuedEnvironment } from './environment.js';
import { askedAgain, extractorChoice, type ExtractorChoice } from './extractor-choice.js';
import type { LearnOptions } from './learn-options.js';
import { runPipeline } from './pipeline.js';
import { pull } from './pull.js';
import { createRunContext } from './run-context.js';
import { createRunRecorder } from './run-recorder.js';
import { changedData, continues, describeStream, rememberedStream } from './stream-source.js';

/** How a run is gone on with. */
export interface ResumeOptions extends Pick<
  LearnOptions,
  'signal' | 'saveEvery' | 'keep' | 'features' | 'backbone' | 'workers' | 'startWorkers' | 'onNotice'
> {
  /** The sources that its stream was loaded with. */
  readonly sources?: readonly DataSource[];
  /** Where the data of its manifest are now, such as `{ 'data.path': 'photos' }`; kept with the run. Other values of the manifest stay as they are. */
  readonly set?: ManifestOverrides;
}

interface AllOptions extends ResumeOptions {
  /** Besides the built-in ones. */
  readonly strategies?: readonly StrategyPlugin[];
}

/**
 * Goes on with the run in a folder where it stopped, to the same result as if it had not. Nothing happens before somebody subscribes.
 *
 * @param source needed for a run over tasks made by a program
 * @returns events and errors as those of `learn`; besides `run-missing`, `run-version`, `run-corrupt`
 */
export function resume(path: string, source?: TaskStream | UserTasks, options: AllOptions = {}): Observable<LearnEvent> {
  return defer(() => goOn(path, source, options));
}

async function* goOn(path: string, source: TaskStream | UserTasks | undefined, options: AllOptions): AsyncGenerator<LearnEvent> {
  const { onNotice, keep, signal } = options;
  const store = await openRunStore(path, { ...(onNotice && { notice: onNotice }), ...(keep !== undefined && { keep }) });
  const { record } = store;
  const { environment, differences } = continuedEnvironment(record.environment);
  for (const difference of differences) onNotice?.(`${path} was made with ${difference}: numbers may differ in the last digits`);
  let strategy: Strategy | undefined;
  let chosen: ExtractorChoice | undefined;
  try {
    chosen = await extractorChoice(
      options.features ?? featuresOfMoved(record, options) ?? askedAgain(record.features),
      onNotice,
      record.features,
    );
    const features = asRecorded(chosen, record);
    const stream = await streamFor(record, path, source, options);
    strategy = await recordedStrategy(record, path, options.strategies);
    if (options.backbone !== undefined && !record.backbone) throw noBackbone(path);
    const asked = record.backbone && (options.backbone ?? record.backbone.asked);
    const backbone = await chooseBackbone(asked, strategy, undefined, onNotice);
    checkBackbone(backbone, record.backbone);
    if (Object.keys(record.state).length > 0) await strategy.restore(await store.load());
    const limit = record.limit !== null && record.tasks.length < record.limit ? record.limit : Infinity;
    const { tasks: size, ...described } = describeStream(stream);
    const grown = { ...record, environment, stream: { ...record.stream, ...(source === undefined && described), tasks: size } };
    if (options.set !== undefined) await store.note({ stream: grown.stream }); // also where there is nothing to learn
    const recorder = createRunRecorder(grown, store, options.saveEvery);
    const notes = () => stream.notes?.() ?? [];
    yield* runPipeline(pull(stream.tasks(), signal), createRunContext({ strategy, features, backbone, recorder, notes, limit }, options));
  } finally {
    strategy?.dispose();
    chosen?.dispose();
    await store.close();
  }
}

const noBackbone = (path: string) =>
  new LifelongError(
    'usage',
    `${path}: a run whose experts stand on a backbone expected, found one without`,
    'leave the backbone out; where the weights of features are now is said by resume --features',
  );

/** Where features are the backbone's own and that has moved, they are found where it is. */
function featuresOfMoved({ features, backbone }: RunRecord, { backbone: moved }: ResumeOptions): string | undefined {
  return backbone && features.asked === backbone.asked ? moved : undefined;
}

/** The chosen extractor, unless it is another one than the learned tasks were measured with. */
function asRecorded({ features }: ExtractorChoice, { features: expected }: RunRecord): ExtractorChoice['features'] {
  return async (task) => {
    const found = await features(task);
    checkExtractor(found, expected.used[task.input.domain], 'resume with the same weights, or start a new run');
    return found;
  };
}

async function streamFor(
  record: RunRecord,
  path: string,
  source: TaskStream | UserTasks | undefined,
  options: ResumeOptions,
): Promise<TaskStream> {
  if (source !== undefined) {
    if (options.set !== undefined) {
      throw new LifelongError('usage', `${path}: set without tasks expected, found both`, 'say where the data are as the tasks are made');
    }
    const stream = 'fingerprint' in source ? source : arrayStream(source);
    if (stream.manifest && record.stream.manifest && !continues(stream, record)) throw changedData(stream, record, path);
    return stream;
  }
  return rememberedStream(record, path, options);
}
