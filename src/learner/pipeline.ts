import { LifelongError } from '../core/errors.js';
import type { LearnEvent } from '../core/events.js';
import type { RunRecord, TaskRecord } from '../core/run-record.js';
import type { Task } from '../core/task.js';
import { keptExamples } from './kept-examples.js';
import { inferTasks } from './infer-tasks.js';
import { onBackbone } from './backbone-choice.js';
import { learnTask } from './learn-task.js';
import { noteData, stageOf, type RunContext } from './run-context.js';
import { stopIfAborted, stoppable } from './stoppable.js';

/**
 * Learns the tasks one after another: straight code from task to task; a finished run without new tasks is left untouched. A task is asked for
 * only after the one before it is learned, evaluated and on disk. Tasks that the run already knows serve to evaluate; two tasks of one id in a
 * stream are an error.
 */
export async function* runPipeline(tasks: AsyncIterable<Task>, run: RunContext): AsyncGenerator<LearnEvent> {
  const { recorder, strategy, signal } = run;
  const { stream, seed } = recorder.record;
  const started: LearnEvent = {
    type: 'run-started',
    stream: stream.name,
    strategy: strategy.name,
    seed,
    tasks: stream.tasks,
    learned: recorder.record.tasks.length,
  };
  yield started; // not logged yet: a finished run may have nothing new to learn
  const kept = keptExamples();
  let begun = false;
  try {
    for await (const given of tasks) {
      const known = recorder.record.tasks.find(({ id }) => id === given.id);
      checkTask(given, run.given, known);
      const learned = known && { index: known.index, normalization: known.normalization }; // as its network was trained with
      const seen = known ? given : onBackbone(given, run.backbone);
      const task = stoppable({ ...seen, test: kept(seen.test), ...(learned ?? { index: recorder.record.tasks.length }) }, signal);
      run.given.set(task.id, task);
      if (known) continue;
      if (!begun) {
        const { environment } = recorder.record;
        await recorder.save({
          status: 'running',
          failure: null,
          stream: recorder.record.stream,
          environment,
          taskInference: undefined,
          ...noteData(run),
        });
        await recorder.log(started);
      }
      begun = true;
      yield* learnTask(run, task);
      if (recorder.record.tasks.length >= run.limit) break;
      stopIfAborted(signal, `after task ${task.id}`);
    }
    if (recorder.record.tasks.length === 0) throw new LifelongError('data', `stream ${stream.name} has no tasks: at least one expected`);
    const finished: LearnEvent = { type: 'run-finished', tasks: recorder.record.tasks.length, seconds: recorder.record.seconds };
    if (!begun && recorder.record.status === 'complete') yield finished;
    else {
      const inferred = await inferTasks(run);
      yield* recorder.emit([finished], () => recorder.save({ status: 'complete', failure: null, ...inferred, ...noteData(run) }));
    }
  } catch (error) {
    if (begun || recorder.record.status !== 'complete') await keepWhatIsThere(run, error);
    throw error;
  }
}

function checkTask(task: Task, given: ReadonlyMap<string, Task>, known: TaskRecord | undefined): void {
  if (given.has(task.id)) {
    throw new LifelongError('data', `task id "${task.id}" occurs twice in the stream`, 'give every task its own id; a repeated task too');
  }
  if (known && JSON.stringify(known.classes) !== JSON.stringify(task.classes)) {
    throw new LifelongError(
      'data',
      `task ${task.id}: classes ${known.classes.join(', ')} expected, as it was learned, found ${task.classes.join(', ')}`,
      'resume with the stream that the run was started with, or start a new run',
    );
  }
}

/**
 * A task that stops while it is learned is kept as far as it came; one that stops later goes back to its last saved state and is finished by
 * `resume` all the same. After a failure that is none of ours nothing but the failure is noted.
 */
async function keepWhatIsThere(run: RunContext, error: unknown): Promise<void> {
  const { recorder, strategy, stage } = run;
  const ours = error instanceof LifelongError;
  if (ours && error.code === 'storage') return;
  const seconds = stage.seconds();
  const change: Partial<RunRecord> = {
    ...noteData(run),
    ...(ours && error.code === 'interrupted'
      ? { status: 'interrupted', seconds }
      : { status: 'failed', seconds, failure: error instanceof Error ? error.message : String(error) }),
  };
  if (ours && stage.learning) await recorder.save({ ...change, ...stageOf(run) }, strategy);
  else await recorder.note(change);
}
