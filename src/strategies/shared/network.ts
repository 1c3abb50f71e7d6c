import { LifelongError } from '../../core/errors.js';
import type { StrategyEvent } from '../../core/events.js';
import { formatInput, sameInput } from '../../core/input.js';
import type { JsonObject } from '../../core/json.js';
import type { Midway } from '../../core/predictions.js';
import type { Snapshot } from '../../core/snapshot.js';
import type { Examples, Task, TaskRef } from '../../core/task.js';
import type { Candidate } from '../../difficulty/identify.js';
import type { Prototypes } from '../../difficulty/prototypes.js';
import { prototypeFinder, type TaskFinder } from '../../difficulty/task-finder.js';
import { predictionsFrom, featuresFor } from '../../experts/predictions.js';
import { packState, readState, unpackMemory } from '../../experts/codec.js';
import { refuseOtherBackbone } from '../../experts/expert-base.js';
import { isAttached } from '../../experts/attached-modules.js';
import type { ExpertKind } from '../../experts/expert-kind.js';
import { newExpert, summarizeExpert, type Expert } from '../../experts/expert.js';
import { backboneBase, type FrozenBase } from '../../experts/frozen-base.js';
import { begunBeside } from '../../experts/joint-edits.js';
import { begunUnderController, ownNumbers, tasksUnderTaught } from '../../experts/shared-controller.js';
import { expertKinds } from '../../experts/kinds.js';
import { emptyMemory, expertOf, taskNamed, type LearnedTask, type Memory } from '../../experts/memory.js';
import { midwayOf } from '../../experts/midway.js';
import { checkBase, checkUnderWay, trainedSoFar } from '../../experts/progress.js';
import { initialHead, updateRule } from '../../experts/training/expert-training.js';
import { concatenate } from '../../experts/training/rows.js';
import type { Fit, FitProgress, FitVectors } from '../../nn/fit.js';
import { headLayout } from '../../nn/head.js';
import { createStepCache } from '../../nn/step-cache.js';
import type { LearnContext, Predictions, Strategy, TaskNetwork, TaskOutcome } from '../strategy.js';
import { packedShape, packTraining, unpackTraining, type TrainingUnderWay } from './training-under-way.js';
import type { FixedArchitecture } from './fixed-architecture.js';
import { memoryAfter } from './memory-after.js';
import type { BaselineOptions, TrainingContext, Method } from './method.js';
import { aboveFrozen, planFit, withProbedHead } from './training.js';

/**
 * A strategy that trains a network of one fixed architecture which all tasks share, with a head for each; what distinguishes it from plain
 * finetuning is in its {@link Method}.
 *
 * @param architecture of the network, for these inputs, and on the backbone of the run where the options say `network: patch`
 */
export function sharedNetwork(name: string, settings: BaselineOptions, architecture: FixedArchitecture, method: Method): Strategy {
  return new SharedNetwork(name, settings, architecture, method);
}

class SharedNetwork implements Strategy {
  readonly predictAll?: (examples: Examples) => Promise<readonly Predictions[]>;
  readonly prototypes?: (task: TaskRef) => Prototypes;
  readonly taskFinder?: (candidates: readonly Candidate[]) => TaskFinder;
  private memory: Memory = emptyMemory;
  private progress: TrainingUnderWay | undefined;
  private onNotice: ((notice: string) => void) | undefined;
  private readonly steps;
  private readonly kinds: readonly ExpertKind[];

  constructor(
    readonly name: string,
    private readonly settings: BaselineOptions,
    private readonly architecture: FixedArchitecture,
    private readonly method: Method,
  ) {
    this.kinds = [...expertKinds, ...(method.kinds ?? [])];
    this.steps = createStepCache(settings.engine, (reason) => this.onNotice?.(reason));
    if (!method.isolated && !method.separate) this.predictAll = (examples) => Promise.resolve(this.predictionsOfAll(examples));
    const { prototypes, taskFinder } = method;
    if (prototypes) this.prototypes = (task) => prototypes(this.memory, task);
    if (taskFinder) this.taskFinder = (candidates) => taskFinder(this.memory, candidates) ?? prototypeFinder(candidates);
  }

  get takesBackbone(): boolean {
    return isAttached(this.settings.network);
  }

  get options(): JsonObject {
    return this.settings;
  }

  async *learn(task: Task, context: LearnContext): AsyncGenerator<StrategyEvent, TaskOutcome> {
    checkUnderWay(this.progress, task);
    this.onNotice = context.onNotice;
    if (!this.progress?.outcome) yield* this.learnAnew(this.training(task, context));
    const outcome = this.progress?.outcome;
    if (!outcome) throw new RangeError(`task ${task.id} has no outcome`);
    this.progress = undefined;
    return outcome;
  }

  /** Learns the task and leaves what came out of it in the progress. */
  private async *learnAnew(training: TrainingContext): AsyncGenerator<StrategyEvent, void> {
    const { task } = training;
    const best = yield* this.train(training);
    const epochs = (this.progress?.before ?? 0) + (this.progress?.fit?.epochs ?? 0);
    const kept = await this.method.keep?.(training, best);
    const after = memoryAfter(training, best, kept);
    const added = training.expert.tasks.length === 0;
    const expert = expertOf(after, taskNamed(after, task.id));
    const { featureSize } = expert.network;
    const headParameters = headLayout(featureSize, task.classes.length).size;
    const addedParameters = headParameters + (added ? ownNumbers(expert.network, training.memory.experts) : 0);
    this.forgetProgress();
    this.memory = after;
    const outcome = { expert: expert.id, decision: null, divergence: [], addedParameters, headParameters, epochs };
    this.progress = { task: task.id, round: { number: 0 }, before: 0, outcome };
    if (added) yield { type: 'expert-added', task: task.index, expert: summarizeExpert(expert, after.experts) };
  }

  async predict({ id }: TaskRef, examples: Examples): Promise<Predictions> {
    const task = taskNamed(this.memory, id);
    return Promise.resolve(predictionsFrom(this.featuresOf(task, examples), this.memory, task));
  }

  midway(task: Task, context: LearnContext): Midway | undefined {
    const trained = trainedSoFar(this.progress, task);
    if (!trained) return undefined;
    const training = this.training(task, context);
    const shared = this.method.isolated ? [] : training.earlier.map(({ ref }) => ref.id);
    const changed = new Set([...shared, ...tasksUnderTaught(training.expert, this.memory)]);
    const earlier = this.memory.tasks.map(({ ref }) => ref.id).filter((known) => changed.has(known));
    return midwayOf(memoryAfter(training, trained), [...earlier, task.id], this.steps, this.method.view);
  }

  taskNetwork({ id }: TaskRef): TaskNetwork {
    const task = taskNamed(this.memory, id);
    const { network, vectors } = expertOf(this.memory, task);
    return { network, ...(this.method.view?.(this.memory, task) ?? vectors), head: task.head };
  }

  predictionKey({ id }: TaskRef): string {
    const { id: expert, revision } = expertOf(this.memory, taskNamed(this.memory, id));
    return this.method.isolated ? `${expert} as of task ${id}` : `${expert} revision ${revision}`;
  }

  experts() {
    const { experts } = this.memory;
    return experts.map((expert) => summarizeExpert(expert, experts));
  }

  async save(): Promise<Snapshot> {
    return Promise.resolve(packState(this.name, this.memory, this.progress && packTraining(this.progress)));
  }

  async restore({ state, arrays }: Snapshot): Promise<void> {
    const stored = readState(this.name, state, packedShape);
    const memory = unpackMemory(stored, arrays, this.kinds);
    this.forgetProgress();
    this.memory = memory;
    this.progress = stored.progress ? unpackTraining(stored.progress, arrays) : undefined;
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
  private async *train(training: TrainingContext): AsyncGenerator<StrategyEvent, FitVectors> {
    const { method, settings } = this;
    const { task } = training;
    let round = this.progress?.round ?? { number: 0 };
    let before = this.progress?.before ?? 0;
    let stored = this.progress?.fit?.progress() ?? this.progress?.stored;
    for (;;) {
      const fit = await this.open(training, round, stored);
      this.forgetProgress();
      this.progress = { task: task.id, round, before, fit, ...(training.expert.on && { on: training.expert.on }) };
      for (let report = await fit.next(); report; report = await fit.next()) {
        const epochs = settings.epochs + (method.furtherEpochs ?? 0);
        yield { type: 'epoch-ended', task: task.index, phase: 'train', ...report, epoch: before + report.epoch, epochs };
      }
      const best = fit.best();
      const start = method.nextRound?.(training, best, round.number);
      if (!start) return best;
      before += fit.epochs;
      round = { number: round.number + 1, start };
      stored = undefined;
    }
  }

  private async open(
    training: TrainingContext,
    { number, start = training.initial }: TrainingUnderWay['round'],
    stored: FitProgress | undefined,
  ): Promise<Fit> {
    const seen = this.method.mixesTasks ? training : await aboveFrozen(training);
    const plan = (await this.method.plan?.(seen, { number, start })) ?? {};
    const probes = training.expert.on !== null && number === 0 && !plan.start;
    const begun = probes && !stored ? await withProbedHead(seen, start) : start;
    return planFit(seen, { start: begun, startCounts: probes, ...plan }, stored);
  }

  private training(task: Task, context: LearnContext): TrainingContext {
    const { memory, settings, method } = this;
    const on = this.base(task, context);
    refuseOtherBackbone(memory, on, task.id);
    const shared = method.separate ? undefined : memory.experts[0];
    if (shared && !sameInput(shared.input, task.input)) {
      throw new LifelongError(
        'data',
        `task ${task.id}: inputs of shape ${formatInput(shared.input)} expected, as the shared network has them, found ${formatInput(task.input)}`,
        'learn such a stream with independent or par, or bring all images to one shape by input.size and input.channels',
      );
    }
    const expert = shared ?? this.newExpert(task, context, on);
    if (this.progress?.task === task.id) checkBase(this.progress, expert);
    const earlier = expert.tasks.map((id) => taskNamed(memory, id));
    const old = method.trainsOldHeads || settings.softmaxOver === 'seen' ? earlier : [];
    const { parameters, statistics } = expert.vectors;
    const weights = concatenate(parameters, ...old.map(({ head }) => head), initialHead(expert.network, task, context.seed));
    return {
      ...{ task, settings, memory, expert, earlier, seed: context.seed, signal: context.signal, steps: this.steps },
      features: context.features,
      rule: updateRule(settings, false),
      heads: [...old.map(({ ref }) => ref.classes.length), task.classes.length],
      initial: { weights, statistics },
      known: (id) => context.known?.(id),
    };
  }

  private newExpert(task: Task, { seed, backbone }: LearnContext, on: FrozenBase | undefined): Expert {
    const architecture = this.architecture(task.input, backbone);
    const { experts } = this.memory;
    const fresh = newExpert({ id: `e${experts.length}`, architecture, architectureFrom: null, on }, task, seed, this.kinds);
    return begunUnderController(begunBeside(fresh, experts), experts);
  }

  /** What a network stands on. */
  private base(task: Task, { backbone }: LearnContext): FrozenBase | undefined {
    if (!this.takesBackbone) return this.method.on?.(task, this.memory);
    if (backbone) return backboneBase(backbone);
    throw new LifelongError(
      'config',
      `${this.name}: a backbone for network patch expected, found none`,
      'name one: run --backbone efficientnet-lite0',
    );
  }

  private featuresOf(task: LearnedTask, examples: Examples): Float32Array {
    return featuresFor(this.memory, task, this.steps, examples, this.method.view?.(this.memory, task));
  }

  private predictionsOfAll(examples: Examples): readonly Predictions[] {
    const features = new Map<string, Float32Array>();
    return this.memory.tasks.map((task) => {
      const key = this.method.view ? task.ref.id : JSON.stringify(task.ref.normalization);
      const rows = features.get(key) ?? this.featuresOf(task, examples);
      features.set(key, rows);
      return predictionsFrom(rows, this.memory, task);
    });
  }
}
