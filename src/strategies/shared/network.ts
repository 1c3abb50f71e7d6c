import { LifelongError } from '../../core/errors.js';
import type { StrategyEvent } from '../../core/events.js';
import type { JsonObject } from '../../core/json.js';
import type { Snapshot } from '../../core/snapshot.js';
import type { Examples, Task, TaskRef } from '../../core/task.js';
import type { Fit, FitProgress, FitVectors } from '../../nn/fit.js';
import { headLayout } from '../../nn/head.js';
import { createStepCache } from '../../nn/step-cache.js';
import { initialExpert, initialHead, updateRule } from '../training/expert-training.js';
import { answersTo, featuresFor } from './answers.js';
import type { Architecture } from './fixed-architecture.js';
import type { BaselineOptions, Lesson, Method } from './method.js';
import { midwayOf } from './midway.js';
import { remember } from './remember.js';
import { concatenate } from '../training/rows.js';
import { trainedSoFar } from '../training/trained-so-far.js';
import {
  emptyMemory,
  expertOf,
  learnedTask,
  packMemory,
  summarizeExpert,
  unpackMemory,
  type LearnedTask,
  type SharedExpert,
  type SharedMemory,
} from './memory.js';
import { packProgress, unpackProgress, type Progress } from './progress.js';
import { readSharedState } from './state.js';
import { planFit } from './training.js';
import type { LearnContext, Midway, Predictions, Strategy, TaskNetwork, TaskOutcome } from '../strategy.js';

/**
 * A strategy that trains a network of one fixed architecture which all tasks share, with a head for each; what distinguishes it from plain
 * finetuning is in its {@link Method}.
 *
 * @param build the network for inputs of a shape
 */
export function sharedNetwork(
  name: string,
  settings: BaselineOptions,
  build: (inputShape: readonly number[]) => Architecture,
  method: Method,
): Strategy {
  return new SharedNetwork(name, settings, build, method);
}

class SharedNetwork implements Strategy {
  readonly predictAll?: (examples: Examples) => Promise<readonly Predictions[]>;
  private memory: SharedMemory = emptyMemory;
  private progress: Progress | undefined;
  private onNotice: ((notice: string) => void) | undefined;
  private readonly steps;

  constructor(
    readonly name: string,
    private readonly settings: BaselineOptions,
    private readonly build: (inputShape: readonly number[]) => Architecture,
    private readonly method: Method,
  ) {
    this.steps = createStepCache(settings.engine, (reason) => this.onNotice?.(reason));
    if (!method.view && !method.separate) this.predictAll = (examples) => Promise.resolve(this.answersOfAll(examples));
  }

  get options(): JsonObject {
    return this.settings;
  }

  async *learn(task: Task, context: LearnContext): AsyncGenerator<StrategyEvent, TaskOutcome> {
    if (this.progress && this.progress.task !== task.id) {
      throw new LifelongError('usage', `task "${this.progress.task}" is under way and has to be learned first, found task "${task.id}"`);
    }
    this.onNotice = context.onNotice;
    if (!this.progress?.outcome) yield* this.learnAnew(this.lesson(task, context));
    const outcome = this.progress?.outcome;
    if (!outcome) throw new RangeError(`task ${task.id} has no outcome`);
    this.progress = undefined;
    return outcome;
  }

  /** Learns the task and leaves what came out of it in the progress. */
  private async *learnAnew(lesson: Lesson): AsyncGenerator<StrategyEvent, void> {
    const { task } = lesson;
    const best = yield* this.train(lesson);
    const epochs = (this.progress?.before ?? 0) + (this.progress?.fit?.epochs ?? 0);
    const kept = (await this.method.keep?.(lesson, best)) ?? this.memory.kept;
    const after = remember(lesson, best, kept);
    const added = lesson.expert.tasks.length === 0;
    const expert = expertOf(after, learnedTask(after, task.id));
    const { featureSize, declaration } = expert.network;
    const headParameters = headLayout(featureSize, task.classes.length).size;
    const addedParameters = headParameters + (added ? declaration.parameters.size : 0);
    this.forgetProgress();
    this.memory = after;
    const outcome = { expert: expert.id, decision: null, divergence: [], addedParameters, headParameters, epochs };
    this.progress = { task: task.id, round: { number: 0 }, before: 0, outcome };
    if (added) yield { type: 'expert-added', task: task.index, expert: summarizeExpert(expert) };
  }

  async predict({ id }: TaskRef, examples: Examples): Promise<Predictions> {
    const task = learnedTask(this.memory, id);
    return Promise.resolve(answersTo(this.featuresOf(task, examples), this.memory, task));
  }

  midway(task: Task, context: LearnContext): Midway | undefined {
    const { progress, method } = this;
    const trained = progress?.task === task.id ? trainedSoFar(progress.fit, progress.stored) : undefined;
    return trained && midwayOf(this.lesson(task, context), trained, method.view !== undefined);
  }

  taskNetwork({ id }: TaskRef): TaskNetwork {
    const task = learnedTask(this.memory, id);
    const { network, vectors } = expertOf(this.memory, task);
    return { network, ...(this.method.view?.(this.memory, task) ?? vectors), head: task.head };
  }

  predictionKey({ id }: TaskRef): string {
    const { id: expert, revision } = expertOf(this.memory, learnedTask(this.memory, id));
    return this.method.view ? `${expert} as of task ${id}` : `${expert} revision ${revision}`;
  }

  experts() {
    return this.memory.experts.map(summarizeExpert);
  }

  async save(): Promise<Snapshot> {
    const { state, arrays } = packMemory(this.memory);
    const progress = this.progress && packProgress(this.progress);
    return Promise.resolve({
      state: { strategy: this.name, ...state, progress: progress?.state ?? null },
      arrays: { ...arrays, ...progress?.arrays },
    });
  }

  async restore({ state, arrays }: Snapshot): Promise<void> {
    const stored = readSharedState(this.name, state);
    const memory = unpackMemory(stored, arrays, this.build);
    this.forgetProgress();
    this.memory = memory;
    this.progress = unpackProgress(stored.progress, arrays);
    return Promise.resolve();
  }

  dispose(): void {
    this.forgetProgress();
    this.memory = emptyMemory;
    this.steps.dispose();
  }

  private forgetProgress(): void {
    this.progress?.fit?.dispose();
    this.progress = undefined;
  }

  /** Trains in as many rounds as the method wants, and leaves the last fit in the progress. */
  private async *train(lesson: Lesson): AsyncGenerator<StrategyEvent, FitVectors> {
    const { method, settings } = this;
    const { task } = lesson;
    let round = this.progress?.round ?? { number: 0 };
    let before = this.progress?.before ?? 0;
    let stored = this.progress?.fit?.progress() ?? this.progress?.stored;
    for (;;) {
      const fit = await this.open(lesson, round, stored);
      this.forgetProgress();
      this.progress = { task: task.id, round, before, fit };
      for (let report = await fit.next(); report; report = await fit.next()) {
        const epochs = settings.epochs + (method.furtherEpochs ?? 0);
        yield { type: 'epoch-ended', task: task.index, phase: 'train', ...report, epoch: before + report.epoch, epochs };
      }
      const best = fit.best();
      const start = method.nextRound?.(lesson, best, round.number);
      if (!start) return best;
      before += fit.epochs;
      round = { number: round.number + 1, start };
      stored = undefined;
    }
  }

  private async open(lesson: Lesson, { number, start = lesson.initial }: Progress['round'], stored: FitProgress | undefined): Promise<Fit> {
    const plan = (await this.method.plan?.(lesson, { number, start })) ?? {};
    return planFit(lesson, { start, ...plan }, stored);
  }

  private lesson(task: Task, context: LearnContext): Lesson {
    const { memory, settings, method } = this;
    const shared = method.separate ? undefined : memory.experts[0];
    if (shared && shared.inputShape.join() !== task.inputShape.join()) {
      throw new LifelongError(
        'data',
        `task ${task.id}: inputs of shape [${shared.inputShape.join()}] expected, as the shared network has them, found [${task.inputShape.join()}]`,
        'learn such a stream with independent or par',
      );
    }
    const expert = shared ?? this.newExpert(task, context.seed);
    const earlier = expert.tasks.map((id) => learnedTask(memory, id));
    const old = method.trainsOldHeads || settings.softmaxOver === 'seen' ? earlier : [];
    const { parameters, statistics } = expert.vectors;
    const weights = concatenate(parameters, ...old.map(({ head }) => head), initialHead(expert.network, task, context.seed));
    return {
      ...{ task, settings, memory, expert, earlier, seed: context.seed, signal: context.signal, steps: this.steps },
      rule: updateRule(settings, false),
      heads: [...old.map(({ ref }) => ref.classes.length), task.classes.length],
      initial: { weights, statistics },
      known: (id) => context.known?.(id),
    };
  }

  private newExpert(task: Task, seed: number): SharedExpert {
    const architecture = this.build(task.inputShape);
    const vectors = initialExpert(architecture.network, task, seed);
    return { id: `e${this.memory.experts.length}`, ...architecture, inputShape: task.inputShape, vectors, tasks: [], revision: 0 };
  }

  private featuresOf(task: LearnedTask, examples: Examples): Float32Array {
    return featuresFor(this.memory, task, this.steps, examples, this.method.view?.(this.memory, task));
  }

  private answersOfAll(examples: Examples): readonly Predictions[] {
    const features = new Map<string, Float32Array>();
    return this.memory.tasks.map((task) => {
      const key = JSON.stringify(task.ref.normalization);
      const rows = features.get(key) ?? this.featuresOf(task, examples);
      features.set(key, rows);
      return answersTo(rows, this.memory, task);
    });
  }
}
