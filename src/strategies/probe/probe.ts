import { LifelongError } from '../../core/errors.js';
import type { StrategyEvent } from '../../core/events.js';
import type { FeatureExtractor } from '../../core/features.js';
import type { JsonObject } from '../../core/json.js';
import type { Snapshot } from '../../core/snapshot.js';
import { taskRef, type Examples, type Split, type Task, type TaskRef } from '../../core/task.js';
import { checkUnderWay } from '../../experts/progress.js';
import { basisFor, checkFits, comparable, type Basis } from '../on-features/basis.js';
import { allFeatureRows } from '../on-features/feature-rows.js';
import { HeldExtractor } from '../on-features/held-extractor.js';
import { learnedTask } from '../on-features/learned.js';
import { classify } from '../on-features/linear-classifier.js';
import { parseOptions } from '../options.js';
import type { LearnContext, Predictions, Strategy, TaskNetwork, TaskOutcome } from '../strategy.js';
import { rowNetwork } from '../on-features/row-network.js';
import { fitHead, type Head } from './fit-head.js';
import { mergeProbed } from './merge-probed.js';
import { probeOptionsSchema, type ProbeOptions } from './options.js';
import { nothingProbed, packProbed, unpackProbed, type Probed } from './probe-state.js';

/**
 * The linear probe: multinomial logistic regression on frozen features, trained to convergence, a head for each task. Task-incremental only.
 *
 * @throws LifelongError `config` for an option that does not exist or cannot have that value
 * @example
 * learn(stream, probe(), { run: 'checkpoints/probe', features: 'efficientnet-lite0' });
 */
export function probe(options: Partial<ProbeOptions> = {}): Strategy {
  return new Probe(parseOptions('probe', probeOptionsSchema, options));
}

class Probe implements Strategy {
  readonly name = 'probe';
  readonly seedless = true;
  private probed: Probed = nothingProbed;
  private readonly extractor = new HeldExtractor();

  constructor(private readonly settings: ProbeOptions) {}

  get options(): JsonObject {
    return this.settings;
  }

  async *learn(task: Task, { features, signal }: LearnContext): AsyncGenerator<StrategyEvent, TaskOutcome> {
    checkUnderWay(this.probed.progress, task);
    const { standardization } = this.settings;
    const basis = this.probed.basis ?? (await basisFor(task, features, { standardization, seeded: false }, 0));
    checkFits(task.id, task.input.shape, features, basis);
    this.extractor.use(features);
    const check = () => {
      if (signal?.aborted) throw new LifelongError('interrupted', `interrupted while learning task ${task.id}`);
    };
    const rowsOf = async (split: Split) => {
      const { rows, labels } = await allFeatureRows(task, split, features);
      return { rows: comparable(rows, basis, standardization), labels };
    };
    check();
    const [train, validation] = [await rowsOf(task.train), await rowsOf(task.validation)];
    if (train.labels.length === 0) throw new LifelongError('data', `task ${task.id}: training examples expected, found none`);
    if (!this.probed.progress) {
      this.probed = { ...this.probed, basis, progress: { task: task.id } };
      yield { type: 'examples-added', task: task.index, examples: train.labels.length, of: task.train.size };
    }
    const classes = task.classes.length;
    const head = fitHead(train, validation, classes, this.settings.weightDecay, check);
    check();
    this.probed = { basis, tasks: [...this.probed.tasks, { ref: taskRef(task), head }], progress: undefined };
    const parameters = head.weights.length + head.bias.length;
    return { expert: null, decision: null, divergence: [], addedParameters: parameters, headParameters: parameters, epochs: 1 };
  }

  async predict({ id }: TaskRef, examples: Examples): Promise<Predictions> {
    const { basis, ref, head } = this.headOf(id);
    const extractor = await this.extractor.get(basis.extractor);
    checkFits(id, examples.shape, extractor, basis);
    const rows = comparable(await extractor.extract(examples), basis, this.settings.standardization);
    return { classes: ref.classes.length, logits: classify(head, rows), temperature: head.temperature };
  }

  taskNetwork({ id }: TaskRef): TaskNetwork {
    const { basis, head } = this.headOf(id);
    const { weights, bias, temperature } = head;
    return { ...rowNetwork(basis, this.settings), head: Float32Array.of(...weights, ...bias), temperature };
  }

  useFeatures(extractor: FeatureExtractor): void {
    this.extractor.use(extractor);
  }

  predictionKey({ id }: TaskRef): string {
    return `head of task ${learnedTask(this.probed, id).id}`;
  }

  experts() {
    return [];
  }

  async merge(other: Snapshot, tasks: readonly TaskRef[]): Promise<void> {
    this.probed = mergeProbed(this.probed, unpackProbed(other), tasks, this.settings.standardization !== 'length');
    return Promise.resolve();
  }

  save(): Promise<Snapshot> {
    return Promise.resolve(packProbed(this.probed));
  }

  async restore(snapshot: Snapshot): Promise<void> {
    this.probed = unpackProbed(snapshot);
    return Promise.resolve();
  }

  dispose(): void {
    this.extractor.dispose();
    this.probed = nothingProbed;
  }

  private headOf(id: string): { basis: Basis; ref: TaskRef; head: Head } {
    const { basis, tasks } = this.probed;
    const ref = learnedTask(this.probed, id);
    const head = tasks.find((task) => task.ref === ref)?.head;
    if (!basis || !head) throw new RangeError(`a head of task ${id} expected`);
    return { basis, ref, head };
  }
}
