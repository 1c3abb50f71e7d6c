import { defer, type Observable } from 'rxjs';
import { createRun, type RunStore } from '../checkpoint/store.js';
import type { LearnEvent } from '../core/events.js';
import type { TaskStream } from '../core/stream.js';
import { buildNotice } from '../nn/build.js';
import type { Strategy } from '../strategies/strategy.js';
import { arrayStream, type UserTasks } from '../streams/array-task.js';
import { chooseBackbone, recordedBackbone } from './backbone-choice.js';
import { extractorChoice, type ExtractorChoice } from './extractor-choice.js';
import { initialRecord } from './initial-record.js';
import type { LearnOptions } from './learn-options.js';
import { runPipeline } from './pipeline.js';
import { pull } from './pull.js';
import { createRunContext } from './run-context.js';
import { createRunRecorder } from './run-recorder.js';

export type { LearnOptions } from './learn-options.js';

/**
 * Learns a stream of tasks. Nothing happens before somebody subscribes; every subscription is a run of its own.
 *
 * Events come after what they tell is done: `task-learned` means that the task is learned and on disk. Unsubscribing or aborting the signal
 * stops at the next safe point. An observer that throws does not stop learning; RxJS reports its error.
 *
 * @param source a stream, or tasks as typed arrays (see {@link UserTasks}) in an array, iterable, async iterable or Observable, possibly endless
 * @param strategy a fresh strategy; it can predict afterwards, and whoever made it disposes it
 * @returns events; errors are LifelongErrors: `run-exists`, `run-locked`, `data`, `storage`, `diverged`, `interrupted`
 * @example
 * learn(await loadStream('split-mnist'), par({ channels: 8, epochs: 3, samples: 4 }), { run: 'checkpoints/demo' }).subscribe(console.log);
 */
export function learn(source: TaskStream | UserTasks, strategy: Strategy, options: LearnOptions = {}): Observable<LearnEvent> {
  return defer(() => start('fingerprint' in source ? source : arrayStream(source), strategy, options));
}

async function* start(stream: TaskStream, strategy: Strategy, options: LearnOptions): AsyncGenerator<LearnEvent> {
  const { run, force = false, keep, signal } = options;
  const tasks = pull(stream.tasks(), signal); // before anything is waited for: a hot Observable may emit at once
  let chosen: ExtractorChoice | undefined;
  let store: RunStore | null = null;
  try {
    const asked = options.backbone ?? stream.backbone;
    const wanted = options.features ?? options.backbone ?? stream.features;
    chosen = await extractorChoice(wanted, options.onNotice); // before there is a folder that a wrong name would leave
    const backbone = await chooseBackbone(asked, strategy, wanted === asked ? undefined : wanted, options.onNotice);
    const initial = {
      ...(await initialRecord(stream, strategy, { ...options, ...(wanted !== undefined && { features: wanted }) })),
      ...(asked !== undefined && backbone && { backbone: recordedBackbone(asked, backbone) }),
    };
    if (run !== undefined) store = await createRun(run, initial, { force, ...(keep !== undefined && { keep }) });
    const notice = buildNotice();
    if (notice !== undefined) options.onNotice?.(notice);
    const recorder = createRunRecorder(initial, store, options.saveEvery);
    const { features } = chosen;
    const notes = () => stream.notes?.() ?? [];
    yield* runPipeline(
      tasks,
      createRunContext({ strategy, features, backbone, recorder, notes, limit: options.tasks ?? Infinity }, options),
    );
  } finally {
    await tasks.return();
    chosen?.dispose();
    await store?.close();
  }
}
