import { LifelongError } from '../../core/errors.js';
import type { StrategyEvent } from '../../core/events.js';
import type { FeatureExtractor } from '../../core/features.js';
import type { JsonObject } from '../../core/json.js';
import type { Snapshot } from '../../core/snapshot.js';
import type { Examples, Split, Task, TaskRef } from '../../core/task.js';
import { checkUnderWay } from '../../experts/progress.js';
import { fitTemperature } from '../../metrics/fit-temperature.js';
import type { AllClasses, ClassesNetwork, LearnContext, Predictions, Strategy, TaskNetwork, TaskOutcome } from '../strategy.js';
import { checkClasses } from './check-classes.js';
import { packLearned, unpackLearned, type UnderWay } from './closed-form-state.js';
import { basisFor, checkFits, prepareRows } from './basis.js';
import { allFeatureRows, blockSize, featureRows, partOf, type FeatureRows } from './feature-rows.js';
import { HeldExtractor } from './held-extractor.js';
import { KnownRows } from './known-rows.js';
import {
  learnedTask,
  nothingLearned,
  temperatureOf,
  totalsOf,
  withTask,
  withTemperature,
  type Addition,
  type Learned,
  type LearnedClasses,
} from './learned.js';
import { everyFifth, leavingOut } from './left-out.js';
import { classify, columnsNamed, columnsOf, type LinearClassifier } from './linear-classifier.js';
import { mergeLearned } from './merge-learned.js';
import type { ClosedFormMethod } from './method.js';
import { headOfColumns, rowNetwork } from './row-network.js';
import { addSquares, noSecondMoment } from './second-moment.js';
import { addRows, noSums } from './sums.js';

/** Training examples of a task that a choice by more than sums is made on, at most: a block of them, as they are added up, so that none is read twice. */
const mostChosenBy = blockSize;

/**
 * A classifier of frozen features that follows from sums over examples: nothing is trained, nothing is forgotten, and the order of tasks does not
 * matter. What distinguishes one from another is in its {@link ClosedFormMethod}. A class is its name: where it comes again, in the same or another
 * task, its examples add up.
 */
export class ClosedForm implements Strategy {
  readonly seedless: boolean;
  private learned: Learned = nothingLearned;
  private progress: UnderWay | undefined;
  private solved: LinearClassifier | undefined;
  private readonly extractor = new HeldExtractor();
  private readonly known = new KnownRows();

  constructor(
    readonly name: string,
    readonly options: JsonObject,
    private readonly method: ClosedFormMethod,
  ) {
    this.seedless = !method.seeded;
  }

  async *learn(task: Task, context: LearnContext): AsyncGenerator<StrategyEvent, TaskOutcome> {
    checkUnderWay(this.progress, task);
    const { features, signal } = context;
    const basis = this.learned.basis ?? (await basisFor(task, features, this.method, context.seed));
    checkFits(task.id, task.input.shape, features, basis);
    this.extractor.use(features);
    const size = this.method.rowSize(basis.extractor.size);
    const classes = task.classes.length;
    let progress = this.progress ?? {
      ...{ task: task.id, classes, done: 0, sums: noSums(classes, size) },
      moment: this.method.keepsMoment ? noSecondMoment(size) : undefined,
    };
    let first: FeatureRows | undefined;
    for await (const { rows: raw, labels } of featureRows(task, task.train, features, undefined, progress.done)) {
      stopIfAborted(signal, task);
      const rows = prepareRows(raw, basis, this.method);
      const { sums, moment, done } = progress;
      if (done === 0) first = { rows, labels };
      progress = { ...progress, done: done + labels.length, sums: addRows(sums, rows, labels), moment: moment && addSquares(moment, rows) };
      this.progress = progress;
      this.learned = { ...this.learned, basis };
      yield { type: 'examples-added', task: task.index, examples: progress.done, of: task.train.size };
    }
    stopIfAborted(signal, task);
    const after = await this.withWhole(task, { ...this.learned, basis }, progress, features, first);
    this.learned = after.learned;
    this.solved = after.solved;
    this.progress = undefined;
    const parameters = classes * (size + 1);
    return { expert: null, decision: null, divergence: [], addedParameters: parameters, headParameters: parameters, epochs: 1 };
  }

  async predict({ id }: TaskRef, examples: Examples): Promise<Predictions> {
    const ref = learnedTask(this.learned, id);
    return this.headOf(ref, await this.logits(examples));
  }

  async predictAll(examples: Examples): Promise<readonly Predictions[]> {
    const logits = await this.logits(examples);
    return this.learned.tasks.map(({ ref }) => this.headOf(ref, logits));
  }

  async predictClasses(examples: Examples): Promise<AllClasses> {
    const logits = await this.logits(examples);
    const { names } = this.classifier();
    return { names, predictions: { classes: names.length, logits, temperature: temperatureOf(this.learned) } };
  }

  taskNetwork({ id }: TaskRef): TaskNetwork {
    const { classes } = learnedTask(this.learned, id);
    return this.networkOf(columnsNamed(this.classifier(), classes));
  }

  classesNetwork(): ClassesNetwork | undefined {
    if (this.learned.tasks.length === 0) return undefined;
    const { names } = this.classifier();
    return { ...this.networkOf(names.map((_, column) => column)), names };
  }

  useFeatures(extractor: FeatureExtractor): void {
    this.extractor.use(extractor);
    this.known.forget();
  }

  /** Sums grow with every task, and with them all answers. */
  predictionKey({ id }: TaskRef): string {
    learnedTask(this.learned, id);
    return `sums of ${this.learned.tasks.length} tasks`;
  }

  experts() {
    return [];
  }

  async merge(other: Snapshot, tasks: readonly TaskRef[]): Promise<void> {
    const { learned } = unpackLearned(this.name, this.method, other);
    this.learned = mergeLearned(this.learned, learned, tasks, this.method.affine);
    this.solved = undefined;
    return Promise.resolve();
  }

  save(): Promise<Snapshot> {
    return Promise.resolve(packLearned(this.name, this.learned, this.progress));
  }

  async restore(snapshot: Snapshot): Promise<void> {
    const { learned, progress } = unpackLearned(this.name, this.method, snapshot);
    this.learned = learned;
    this.known.forget();
    this.progress = progress;
    this.solved = undefined;
    return Promise.resolve();
  }

  dispose(): void {
    this.extractor.dispose();
    this.known.forget();
    this.learned = nothingLearned;
    this.progress = undefined;
    this.solved = undefined;
  }

  /** What is known when all training rows of a task are summed: choices and probabilities by examples that are held out. `first`: its first block. */
  private async withWhole(task: Task, before: Learned, { sums, moment }: UnderWay, features: FeatureExtractor, first?: FeatureRows) {
    checkClasses(task, sums, before);
    const { method } = this;
    const rowsOf = async (split: Split) => {
      const { rows, labels } = await allFeatureRows(task, split, features);
      return { rows: prepareRows(rows, before.basis, method), labels };
    };
    const some = partOf(task.train, 0, Math.min(task.train.size, mostChosenBy));
    const validation = await rowsOf(task.validation);
    const heldOut = method.keepsHeldOut
      ? {
          sums: addRows(noSums(sums.counts.length, sums.size), validation.rows, validation.labels),
          moment: addSquares(noSecondMoment(sums.size), validation.rows),
        }
      : undefined;
    const training = method.losses || validation.labels.length === 0 ? (first ?? (await rowsOf(some))) : undefined;
    const losses = (training && method.losses?.({ ...training, classes: task.classes.length })) ?? [];
    const added = { task, sums, moment, losses, heldOut };
    const learned = withTask(before, added);
    const solved = method.solve(totalsOf(learned));
    const calibrated = training && validation.labels.length === 0 ? everyFifth(training, sums.size) : undefined;
    const temperature = calibrated
      ? this.temperatureFor(task, this.solvedWithout(calibrated, added, before) ?? solved, calibrated)
      : this.temperatureFor(task, solved, validation);
    return { learned: withTemperature(learned, temperature), solved };
  }

  /** The classes as they would follow without these examples; undefined where they would not, as their sums are too few. */
  private solvedWithout(examples: FeatureRows, added: Addition, before: Learned): LinearClassifier | undefined {
    try {
      return this.method.solve(totalsOf(withTask(before, leavingOut(added, examples))));
    } catch (error) {
      if (error instanceof LifelongError && error.code === 'diverged') return undefined;
      throw error;
    }
  }

  /** What makes a task's examples likeliest, and how many they are. */
  private temperatureFor({ classes }: Task, solved: LinearClassifier, { rows, labels }: FeatureRows): LearnedClasses['temperature'] {
    const logits = this.classify(solved, rows);
    const columns = columnsNamed(solved, classes);
    const t = fitTemperature(
      logits,
      labels.map((label) => columns[label] ?? -1),
      solved.names.length,
    );
    return { log: Math.log(t), examples: labels.length };
  }

  private classifier(): LinearClassifier {
    return (this.solved ??= this.method.solve(totalsOf(this.learned)));
  }

  /** Logits `[n, C]` of all classes. */
  private async logits(examples: Examples): Promise<Float32Array> {
    const { basis } = this.learned;
    if (!basis || this.learned.tasks.length === 0)
      throw new LifelongError('usage', `${this.name}: a learned task expected, found none yet`);
    const extractor = await this.extractor.get(basis.extractor);
    checkFits('to predict', examples.shape, extractor, basis);
    const rows = await this.known.of(examples, async () => prepareRows(await extractor.extract(examples), basis, this.method));
    return this.classify(this.classifier(), rows);
  }

  private classify(classifier: LinearClassifier, rows: Float32Array): Float32Array {
    const size = classifier.weights.length / classifier.bias.length;
    return classify(classifier, this.method.question?.(rows, size) ?? rows);
  }

  private networkOf(columns: readonly number[]): TaskNetwork {
    const { basis } = this.learned;
    if (!basis) throw new RangeError('a basis expected');
    const { weights, bias } = this.classifier();
    return { ...rowNetwork(basis, this.method), head: headOfColumns(weights, bias, columns), temperature: temperatureOf(this.learned) };
  }

  private headOf({ classes }: TaskRef, logits: Float32Array): Predictions {
    const classifier = this.classifier();
    const own = columnsOf(logits, classifier.names.length, columnsNamed(classifier, classes));
    return { classes: classes.length, logits: own, temperature: temperatureOf(this.learned) };
  }
}

function stopIfAborted(signal: AbortSignal | undefined, { id }: TaskRef): void {
  if (signal?.aborted) throw new LifelongError('interrupted', `interrupted while learning task ${id}`);
}
