import type { Decision } from '../../core/decision.js';
import type { StrategyEvent } from '../../core/events.js';
import type { JsonObject } from '../../core/json.js';
import type { Midway } from '../../core/predictions.js';
import type { Snapshot } from '../../core/snapshot.js';
import type { Examples, Task, TaskRef } from '../../core/task.js';
import type { Candidate } from '../../difficulty/identify.js';
import type { TaskFinder } from '../../difficulty/task-finder.js';
import { predictionsFrom, featuresFor } from '../../experts/predictions.js';
import { packState, readState, unpackMemory } from '../../experts/codec.js';
import { attached } from '../../experts/attached.js';
import { cells } from '../../experts/cells.js';
import { ensembleOfPatches } from '../../experts/ensemble.js';
import { refuseOtherBackbone } from '../../experts/expert-base.js';
import { checkAccepted, type ExpertKind } from '../../experts/expert-kind.js';
import { newExpert, summarizeExpert, type Expert } from '../../experts/expert.js';
import { expertKinds } from '../../experts/kinds.js';
import { backboneBase } from '../../experts/frozen-base.js';
import { besideConstants } from '../../experts/joint-edits.js';
import { emptyMemory, expertNamed, expertOf, taskNamed, type Groups, type Memory } from '../../experts/memory.js';
import { midwayOf } from '../../experts/midway.js';
import { checkBase, checkUnderWay, trainedSoFar } from '../../experts/progress.js';
import { controllerTerms, ownNumbers, tasksUnderTaught } from '../../experts/shared-controller.js';
import { aboveCut } from '../../experts/training/above-cut.js';
import { expertFit, initialHead, updateRule, type Course, type Training } from '../../experts/training/expert-training.js';
import { headFit } from '../../experts/training/head-training.js';
import { concatenate } from '../../experts/training/rows.js';
import { headLayout } from '../../nn/head.js';
import { createStepCache } from '../../nn/step-cache.js';
import { gateFinder, learnedGate } from '../gates/kept-gate.js';
import { taskFeatures } from '../gates/task-features.js';
import { keptPrototypes } from '../shared/kept-prototypes.js';
import { kernelPlaces } from '../shared/own-weights.js';
import { probedHead } from '../shared/probed-head.js';
import type { LearnContext, Predictions, Strategy, TaskNetwork, TaskOutcome } from '../strategy.js';
import { begunExpert } from './begun-expert.js';
import { decideTask } from './decide-task.js';
import type { DecisionKind, Start } from './decisions/decision-kind.js';
import { startAfter } from './decisions/start-after.js';
import { measureDifficulty } from './difficulty.js';
import { finderFor } from './inference/task-inference.js';
import { headsHeldThroughNorms, heldHeads } from './held-heads.js';
import { keptInference, viewOf } from './known.js';
import { memoryAfter } from './memory-after.js';
import type { ParOptions } from './options.js';
import { searchFor } from './search-for.js';
import { searchStagesFor } from './search-stages-for.js';
import { packedShape, packTask, unpackTask, type TaskUnderWay } from './task-under-way.js';

/** PAR with these kinds of decisions, considered in this order. */
export class Par implements Strategy {
  readonly takesBackbone = true;
  private memory: Memory = emptyMemory;
  private progress: TaskUnderWay | undefined;
  private readonly steps;
  private onNotice: ((notice: string) => void) | undefined;
  private readonly noticed = new Set<string>();

  constructor(
    readonly name: string,
    private readonly settings: ParOptions,
    private readonly decisions: readonly DecisionKind[],
    private readonly kinds: readonly ExpertKind[] = expertKinds,
  ) {
    this.steps = createStepCache(settings.engine, this.notice);
  }

  get options(): JsonObject {
    return this.settings;
  }

  async *learn(task: Task, context: LearnContext): AsyncGenerator<StrategyEvent, TaskOutcome> {
    this.onNotice = context.onNotice;
    checkUnderWay(this.progress, task);
    const progress = this.progress ?? (yield* this.decide(task, context));
    const { decision, difficulty } = progress;
    const start = this.start(task, progress, context) ?? (yield* this.search(task, context, progress));
    const { expert, added } = start;
    const { best, epochs } = yield* this.train(task, start, progress, context);
    const own = ownNumbers(expert.network, this.memory.experts);
    const gate = await this.gate(task, context);
    this.memory = memoryAfter(this.memory, task, start, best, difficulty, this.settings, gate);
    this.progress = undefined;
    const { experts } = this.memory;
    if (added) yield { type: 'expert-added', task: task.index, expert: summarizeExpert(expertNamed(this.memory, expert.id), experts) };
    const headParameters = headLayout(expert.network.featureSize, task.classes.length).size;
    return {
      expert: expert.id,
      decision,
      divergence: difficulty.divergence,
      addedParameters: headParameters + (added ? own : 0),
      headParameters,
      epochs,
    };
  }

  async predict({ id }: TaskRef, examples: Examples): Promise<Predictions> {
    const task = taskNamed(this.memory, id);
    const view = viewOf(this.memory, task, this.settings);
    return Promise.resolve(predictionsFrom(featuresFor(this.memory, task, this.steps, examples, view), this.memory, task));
  }

  midway(task: Task, context: LearnContext): Midway | undefined {
    const { progress } = this;
    const trained = trainedSoFar(progress, task);
    const start = progress && trained && this.start(task, progress, context);
    if (!start) return undefined;
    const memory = memoryAfter(this.memory, task, start, trained, progress.difficulty, this.settings);
    const taught = start.phase === 'head' ? [] : tasksUnderTaught(start.expert, this.memory);
    const changed = new Set([...(start.phase === 'distil' ? start.expert.tasks : []), ...taught]);
    const earlier = this.memory.tasks.map(({ ref }) => ref.id).filter((id) => changed.has(id));
    return midwayOf(memory, [...earlier, task.id], this.steps, (known, of) => viewOf(known, of, this.settings));
  }

  taskNetwork({ id }: TaskRef): TaskNetwork {
    const task = taskNamed(this.memory, id);
    const { network } = expertOf(this.memory, task);
    const carries = this.memory.experts.some(({ on }) => on && 'expert' in on && on.expert === task.expert);
    return { network, ...viewOf(this.memory, task, this.settings), head: task.head, ...(carries && { carries }) };
  }

  prototypes({ id }: TaskRef) {
    return keptPrototypes(this.memory, taskNamed(this.memory, id).ref);
  }

  taskFinder(candidates: readonly Candidate[]): TaskFinder {
    const [first] = candidates;
    if (!first) throw new RangeError('at least one task expected, found none');
    const { input } = taskNamed(this.memory, first.id).ref;
    const gate = gateFinder(this.memory, candidates, this.settings.gate);
    if (gate) return gate;
    return finderFor(keptInference(this.memory, input, first.prototypes.size), candidates, this.settings.taskInference);
  }

  predictionKey({ id }: TaskRef): string {
    const { id: expert, revision } = expertOf(this.memory, taskNamed(this.memory, id));
    return `${expert} revision ${revision}`;
  }

  experts() {
    const { experts } = this.memory;
    return experts.map((expert) => summarizeExpert(expert, experts));
  }

  async save(): Promise<Snapshot> {
    return Promise.resolve(packState(this.name, this.memory, this.progress && packTask(this.progress)));
  }

  async restore({ state, arrays }: Snapshot): Promise<void> {
    const stored = readState(this.name, state, packedShape);
    const memory = unpackMemory(stored, arrays, this.kinds);
    for (const { ref } of memory.tasks) keptPrototypes(memory, ref); // there, and such
    const progress = stored.progress ? unpackTask(stored.progress, arrays) : undefined;
    this.forget();
    this.memory = memory;
    this.progress = progress;
    return Promise.resolve();
  }

  dispose(): void {
    this.forget();
    this.steps.dispose();
  }

  /** Tells each thing once. */
  private readonly notice = (text: string): void => {
    if (!this.noticed.has(text)) this.onNotice?.(text);
    this.noticed.add(text);
  };

  private forget(): void {
    this.progress?.fit?.dispose();
    this.progress = undefined;
    this.memory = emptyMemory;
  }

  private async *decide(task: Task, context: LearnContext): AsyncGenerator<StrategyEvent, TaskUnderWay> {
    const { memory, settings } = this;
    checkAccepted(context.backbone ? attached : cells, task.input, `task ${task.id}`);
    const known = memory.tasks.map(({ ref }) => ({ ref, prototypes: keptPrototypes(memory, ref) }));
    const inference = (size: number) => keptInference(memory, task.input, size);
    const difficulty = await measureDifficulty(task, known, context, settings, inference);
    const { divergence, noiseFloor } = difficulty;
    const start = (decision: Decision) => this.start(task, { decision }, context);
    const decision = decideTask(task, memory, known, difficulty, settings, this.decisions, start, context.backbone);
    const progress = { task: task.id, difficulty, decision };
    this.progress = progress;
    yield { type: 'difficulty-measured', task: task.index, divergence, noiseFloor };
    yield { type: 'decision-made', task: task.index, decision };
    return progress;
  }

  /** What a learned gate keeps once this task is learned; it follows from the task, the seed and what is kept, so it is the same when it is done again. */
  private async gate(task: Task, { features, seed }: LearnContext): Promise<Groups> {
    const { gate, gateExamples } = this.settings;
    if (gate !== 'learned') return {};
    return learnedGate(this.memory, task, await taskFeatures(task, features, seed, gateExamples), features, seed);
  }

  /** What learning starts from; undefined as long as an architecture has to be searched for. */
  private start(
    task: Task,
    { decision, architecture: found }: Pick<TaskUnderWay, 'decision' | 'architecture'>,
    { seed, backbone }: LearnContext,
  ): Start | undefined {
    const id = `e${this.memory.experts.length}`;
    return startAfter(decision, this.decisions, {
      memory: this.memory,
      found,
      newExpert: (architecture, architectureFrom, given) => {
        const on = given ?? (found && backbone ? backboneBase(backbone) : undefined);
        refuseOtherBackbone(this.memory, on, task.id);
        const whole = ensembleOfPatches(architecture, this.settings.ensemble);
        const fresh = newExpert({ id, architecture: whole, architectureFrom, on }, task, seed, this.kinds);
        return begunExpert(fresh, this.memory, this.settings);
      },
    });
  }

  private async *search(task: Task, context: LearnContext, progress: TaskUnderWay): AsyncGenerator<StrategyEvent, Start> {
    const { memory, settings, steps } = this;
    const earlier = memory.experts.filter(({ architectureFrom }) => architectureFrom === null).length;
    const told = { ...context, earlier, onNotice: this.notice };
    const search = context.backbone
      ? searchStagesFor(task, context.backbone, settings, steps, told, progress.storedSearch)
      : searchFor(task, settings, steps, told, progress.storedSearch);
    progress.search = search;
    try {
      for (let report = await search.next(); report; report = await search.next()) {
        yield { type: 'candidate-evaluated', task: task.index, samples: settings.samples, ...report };
      }
    } finally {
      search.close();
    }
    progress.architecture = search.architecture();
    delete progress.search;
    const start = this.start(task, progress, context);
    if (!start) throw new RangeError(`task ${task.id}: nothing to start from after a search`);
    return start;
  }

  private async *train(task: Task, { expert, phase }: Start, progress: TaskUnderWay, context: LearnContext) {
    const { settings } = this;
    checkBase(progress, expert);
    const stops = (phase === 'train' || settings.stopReuseEarly) && settings.schedule !== 'plateau' && settings.patience >= 0;
    const training: Training = await aboveCut({
      task,
      network: expert.network,
      recipe: settings,
      rule: updateRule(settings, task.train.size <= settings.fewShot),
      patience: stops ? settings.patience : Infinity,
      seed: context.seed,
      steps: this.steps,
      signal: context.signal,
    });
    const startCounts = expert.on !== null;
    const probes = startCounts && !progress.stored;
    const head = probes ? await probedHead(training, expert.vectors) : initialHead(expert.network, task, context.seed);
    const fit =
      phase === 'head'
        ? await headFit(training, expert.vectors, { head, startCounts }, progress.stored)
        : expertFit(training, await this.course(training, expert, phase, head), progress.stored);
    progress.fit = fit;
    if (expert.on) progress.on = expert.on;
    for (let report = await fit.next(); report; report = await fit.next()) {
      yield { type: 'epoch-ended', task: task.index, phase, epochs: settings.epochs, ...report } satisfies StrategyEvent;
    }
    const best = fit.best();
    const { epochs } = fit;
    fit.dispose();
    delete progress.fit;
    return { best, epochs };
  }

  private async course(training: Training, expert: Expert, phase: Start['phase'], head: Float32Array): Promise<Course> {
    const { tasks, vectors, on } = expert;
    const { distillation: weight, temperature, norms } = this.settings;
    const { parameters, statistics } = vectors;
    const initial = { weights: concatenate(parameters, head), statistics };
    const constants = besideConstants(expert, this.memory.experts);
    const terms = controllerTerms(expert, this.memory);
    const course = { initial, constants, terms, heads: [training.task.classes.length], startCounts: on !== null };
    const shares = norms === 'shared' || kernelPlaces(training.network.declaration.parameters).length > 0;
    if (phase !== 'distil' || weight === 0 || !shares) return course;
    const old = tasks.map((id) => taskNamed(this.memory, id));
    const heads = old.map(({ ref, head: vector }) => ({ classes: ref.classes.length, vector }));
    const views = () => old.map((task) => viewOf(this.memory, task, this.settings));
    const holding = { temperature, weight };
    const held =
      norms === 'task'
        ? await headsHeldThroughNorms(training, views(), heads, holding)
        : await heldHeads(training, vectors, heads, holding);
    return { ...course, ...held, terms: [...(held.terms ?? []), ...terms], constants: { ...constants, ...held.constants } };
  }
}
