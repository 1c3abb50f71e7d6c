import type { FeatureExtractor } from '../core/features.js';
import type { FrozenBackbone } from '../core/frozen-backbone.js';
import type { RunRecord } from '../core/run-record.js';
import type { Task } from '../core/task.js';
import { mergeNotes } from '../data/data-notes.js';
import type { LearnContext, Strategy } from '../strategies/strategy.js';
import type { RunRecorder } from './run-recorder.js';
import type { Tracking } from './track.js';

/** What whoever starts a run, or goes on with it, gives for as long as it works. */
export type RunControls = Pick<LearnContext, 'signal' | 'workers' | 'startWorkers' | 'onNotice'>;

/** Where the run stands. */
export interface Stage {
  /** The task that the strategy is in the middle of: only then does its state fit the record. */
  learning: Task | null;
  /** Time spent on tasks, the one under way included; waiting for a task is not counted. */
  seconds: () => number;
  /** Accuracy during training, where it is measured, with the epoch that is still to be measured. */
  tracking: Tracking | undefined;
  /** What the strategy has told. */
  readonly notices: Set<string>;
}

/** What one run works with, from its first task to its last. */
export interface RunContext extends RunControls {
  readonly strategy: Strategy;
  readonly seed: number;
  /** Chosen when the first task shows what its inputs are. */
  readonly features: (task: Task) => Promise<FeatureExtractor>;
  /** What new experts stand on. */
  readonly backbone?: FrozenBackbone | undefined;
  readonly recorder: RunRecorder;
  /** What is known so far of how the stream's data were read, a sentence each. */
  readonly notes: () => readonly string[];
  /** Tasks to learn at most. */
  readonly limit: number;
  /** The tasks that the stream has given so far, by id. */
  readonly given: Map<string, Task>;
  readonly stage: Stage;
}

/** The context of a run that begins, or begins again, with what its recorder holds. */
export function createRunContext(
  parts: Pick<RunContext, 'strategy' | 'features' | 'backbone' | 'recorder' | 'notes' | 'limit'>,
  controls: RunControls,
): RunContext {
  const { recorder } = parts;
  const { seed, tracking, notices } = recorder.record;
  return {
    ...parts,
    ...onlyControls(controls),
    seed,
    given: new Map(),
    stage: { learning: null, seconds: () => recorder.record.seconds, tracking, notices: new Set(notices) },
  };
}

/** What a strategy is handed besides the task. What it tells is kept with the run, too. */
export function learnContext(run: RunContext, features: FeatureExtractor): LearnContext {
  const onNotice = (notice: string) => {
    run.stage.notices.add(notice);
    run.onNotice?.(notice);
  };
  const { seed, backbone } = run;
  return { ...onlyControls(run), onNotice, seed, features, ...(backbone && { backbone }), known: (id) => run.given.get(id) };
}

/** What a save keeps of where the run stands. */
export function stageOf({ stage: { tracking, learning, notices } }: RunContext): Partial<RunRecord> {
  const { mean, std } = learning?.normalization ?? {};
  return {
    underWay: learning && { normalization: mean && std ? { mean: [...mean], std: [...std] } : null },
    ...(tracking && { tracking }),
    ...(notices.size > 0 && { notices: [...notices] }),
  };
}

/** Tells what is new of how the data were read, and gives what a save keeps of it. */
export function noteData({ notes, recorder, onNotice }: RunContext): Partial<RunRecord> {
  const { stream } = recorder.record;
  const now = notes();
  for (const note of now) if (!stream.notes?.includes(note)) onNotice?.(note);
  return now.length === 0 ? {} : { stream: { ...stream, notes: mergeNotes(stream.notes ?? [], now) } };
}

const onlyControls = ({ signal, workers, startWorkers, onNotice }: RunControls): RunControls => ({
  ...(signal && { signal }),
  ...(workers !== undefined && { workers }),
  ...(startWorkers && { startWorkers }),
  ...(onNotice && { onNotice }),
});
