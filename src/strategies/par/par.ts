import { LifelongError } from '../../core/errors.js';
import type { StrategyEvent } from '../../core/events.js';
import type { Genotype } from '../../core/genotype.js';
import type { JsonObject } from '../../core/json.js';
import type { Snapshot } from '../../core/snapshot.js';
import type { Examples, Task, TaskRef } from '../../core/task.js';
import { headLayout } from '../../nn/head.js';
import { expertNetwork } from '../../nn/network.js';
import { createStepCache } from '../../nn/step-cache.js';
import { normalize } from '../training/batches.js';
import { expertFit, initialExpert, initialHead, splitBest, updateRule, type Training } from '../training/expert-training.js';
import { frozenExpert } from '../training/frozen-expert.js';
import { headFit } from '../training/head-training.js';
import { trainedSoFar } from '../training/trained-so-far.js';
import { parseOptions } from '../options.js';
import type { LearnContext, Midway, Predictions, Strategy, TaskNetwork, TaskOutcome } from '../strategy.js';
import { decide } from './decide.js';
import type { Start } from './decisions/decision-kind.js';
import { startAfter } from './decisions/kinds.js';
import { measureDifficulty } from './difficulty.js';
import {
  emptyMemory,
  expertNamed,
  groupsFor,
  packMemory,
  summarizeExpert,
  taskNamed,
  unpackMemory,
  type Expert,
  type Memory,
} from './memory.js';
import { midwayOf } from './midway.js';
import { parOptionsSchema, type ParOptions } from './options.js';
import { readPackedState } from './packed-state.js';
import { packProgress, unpackProgress, type Progress } from './progress.js';
import { searchFor } from './search-for.js';

/** Options as a caller gives them: all optional. */
export type ParInput = Partial<ParOptions>;

/**
 * Parameter Allocation and Regularization (Wang, Hu, Chen, Zhang: "Task Difficulty Aware Parameter Allocation & Regularization for Lifelong
 * Learning", CVPR 2023). Each task is measured against what is known and then joins an expert, gets a new one with a known architecture, or
 * gets a new one with an architecture searched for it. Old data are never read again.
 *
 * @param options published values where not given
 * @throws LifelongError `config` for an option that does not exist or cannot have that value
 * @example
 * const strategy = par({ channels: 8, epochs: 3, samples: 4 });
 */
export function par(options: ParInput = {}): Strategy {
  return new Par(parseOptions('par', parOptionsSchema, options));
}

class Par implements Strategy {
  readonly name = 'par';
  private memory: Memory = emptyMemory;
  private progress: Progress | undefined;
  private readonly steps;
  private onNotice: ((notice: string) => void) | undefined;
  private readonly noticed = new Set<string>();

  constructor(private readonly settings: ParOptions) {
    this.steps = createStepCache(settings.engine, this.notice);
  }

  get options(): JsonObject {
    return this.settings;
  }

  async *learn(task: Task, context: LearnContext): AsyncGenerator<StrategyEvent, TaskOutcome> {
    this.onNotice = context.onNotice;
    if (this.progress && this.progress.task !== task.id) {
      throw new LifelongError('usage', `task "${this.progress.task}" is under way and has to be learned first, found task "${task.id}"`);
    }
    if (!this.progress) {
      const difficulty = await measureDifficulty(task, this.memory.tasks, context, this.settings);
      const decision = decide(task.train.size, groupsFor(task, this.memory, difficulty.divergence), difficulty.noiseFloor, this.settings);
      this.progress = { task: task.id, difficulty, decision };
      yield { type: 'difficulty-measured', task: task.index, divergence: difficulty.divergence, noiseFloor: difficulty.noiseFloor };
      yield { type: 'decision-made', task: task.index, decision };
    }
    const progress = this.progress;
    const { decision } = progress;
    let start = this.start(task, progress, context.seed);
    if (!start) {
      yield* this.search(task, context, progress);
      start = this.start(task, progress, context.seed);
    }
    if (!start) throw new RangeError(`task ${task.id}: a search that has ended leaves nothing to start from`);
    const { expert, added } = start;
    const learned = yield* this.train(task, start, progress, context);
    this.memory = {
      experts: added
        ? [...this.memory.experts, learned.expert]
        : this.memory.experts.map((known) => (known.id === expert.id ? learned.expert : known)),
      tasks: [...this.memory.tasks, { ref: task, expert: expert.id, head: learned.head, prototypes: progress.difficulty.prototypes }],
    };
    this.progress = undefined;
    if (added) yield { type: 'expert-added', task: task.index, expert: summarizeExpert(learned.expert) };
    const headParameters = headLayout(expert.network.featureSize, task.classes.length).size;
    return {
      expert: expert.id,
      decision,
      divergence: progress.difficulty.divergence,
      addedParameters: headParameters + (added ? expert.network.declaration.parameters.size : 0),
      headParameters,
      epochs: learned.epochs,
    };
  }

  async predict({ id }: TaskRef, { inputs, shape }: Examples): Promise<Predictions> {
    const { ref, expert: owner, head } = taskNamed(this.memory, id);
    const { network, vectors } = expertNamed(this.memory, owner);
    if (shape.join() !== ref.inputShape.join()) {
      throw new LifelongError('data', `task ${id}: inputs of shape [${ref.inputShape.join()}] expected, found [${shape.join()}]`);
    }
    const classes = ref.classes.length;
    const frozen = frozenExpert(network, this.steps, vectors, ref);
    return Promise.resolve({ classes, logits: frozen.answers(normalize(inputs, ref.normalization), [{ classes, vector: head }]) });
  }

  midway(task: Task, { seed }: LearnContext): Midway | undefined {
    const { progress, memory, steps } = this;
    const trained = progress?.task === task.id ? trainedSoFar(progress.fit, progress.stored?.fit) : undefined;
    if (!progress || !trained) return undefined;
    const start = this.start(task, progress, seed);
    return start && midwayOf(memory, start, task, trained, steps);
  }

  taskNetwork({ id }: TaskRef): TaskNetwork {
    const { expert, head } = taskNamed(this.memory, id);
    const { network, vectors } = expertNamed(this.memory, expert);
    return { network, ...vectors, head };
  }

  prototypes({ id }: TaskRef) {
    return taskNamed(this.memory, id).prototypes;
  }

  predictionKey({ id }: TaskRef): string {
    const { expert } = taskNamed(this.memory, id);
    return `${expert} revision ${expertNamed(this.memory, expert).revision}`;
  }

  experts() {
    return this.memory.experts.map(summarizeExpert);
  }

  async save(): Promise<Snapshot> {
    const { state, arrays } = packMemory(this.memory);
    const progress = this.progress && packProgress(this.progress);
    return Promise.resolve({ state: { ...state, progress: progress?.state ?? null }, arrays: { ...arrays, ...progress?.arrays } });
  }

  async restore({ state, arrays }: Snapshot): Promise<void> {
    const packed = readPackedState(state);
    const memory = unpackMemory(packed, arrays, this.settings);
    const progress = packed.progress ? unpackProgress(packed.progress, arrays) : undefined;
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

  private async *search(task: Task, context: LearnContext, progress: Progress): AsyncGenerator<StrategyEvent, void> {
    const search = searchFor(task, this.settings, this.steps, { ...context, onNotice: this.notice }, progress.stored?.search);
    progress.search = search;
    try {
      for (let report = await search.next(); report; report = await search.next()) {
        yield { type: 'candidate-evaluated', task: task.index, samples: this.settings.samples, ...report };
      }
    } finally {
      search.close();
    }
    progress.genotype = search.genotype();
    delete progress.search;
  }

  private start(task: Task, { decision, genotype }: Progress, seed: number): Start | undefined {
    const newExpert = (architecture: Genotype, from: string) => this.newExpert(task, architecture, from, seed);
    return startAfter(decision, { memory: this.memory, found: genotype, newExpert });
  }

  private newExpert(task: Task, genotype: Genotype, architectureFrom: string, seed: number): Expert {
    const { channels, cells } = this.settings;
    const network = expertNetwork({ genotype, channels, cells, inputShape: task.inputShape });
    return {
      id: `e${this.memory.experts.length}`,
      genotype,
      architectureFrom,
      network,
      inputShape: task.inputShape,
      vectors: initialExpert(network, task, seed),
      tasks: [],
      largestTrain: 0,
      revision: 0,
    };
  }

  private async *train(task: Task, { expert, phase }: Start, progress: Progress, context: LearnContext) {
    const { settings } = this;
    const stops = (phase === 'train' || settings.stopReuseEarly) && settings.schedule !== 'plateau' && settings.patience >= 0;
    const training: Training = {
      task,
      network: expert.network,
      recipe: settings,
      rule: updateRule(settings, task.train.size <= settings.fewShot),
      patience: stops ? settings.patience : Infinity,
      seed: context.seed,
      steps: this.steps,
      signal: context.signal,
    };
    const head = initialHead(expert.network, task, context.seed);
    const heads = expert.tasks
      .map((id) => taskNamed(this.memory, id))
      .map(({ ref, head: vector }) => ({ classes: ref.classes.length, vector }));
    const old =
      phase === 'distil' && settings.distillation > 0 ? { heads, temperature: settings.temperature, weight: settings.distillation } : null;
    const stored = progress.stored?.fit;
    const fit =
      phase === 'head'
        ? await headFit(training, expert.vectors, head, stored)
        : await expertFit(training, expert.vectors, head, old, stored);
    progress.fit = fit;
    for (let report = await fit.next(); report; report = await fit.next()) {
      yield { type: 'epoch-ended', task: task.index, phase, epochs: settings.epochs, ...report } satisfies StrategyEvent;
    }
    const best = fit.best();
    const { epochs } = fit;
    fit.dispose();
    delete progress.fit;
    const tasks = [...expert.tasks, task.id];
    if (phase === 'head') return { expert: { ...expert, tasks }, head: best.weights, epochs };
    const { expert: vectors, head: trainedHead } = splitBest(expert.network, best);
    const trained: Expert = {
      ...expert,
      tasks,
      vectors,
      largestTrain: Math.max(expert.largestTrain, task.train.size),
      revision: expert.revision + 1,
    };
    return { expert: trained, head: trainedHead, epochs };
  }
}
