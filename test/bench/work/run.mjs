// Whole runs on split-mnist, evaluation included, without a run folder. Answers with the accuracies, and the decisions where there are any.
import { lastValueFrom, tap } from 'rxjs';
import { finetune, learn, loadStream, par } from '../../../dist/index.js';
import { tf } from '../../../dist/nn/backend.js';
import { headLayout } from '../../../dist/nn/head.js';
import { expertNetwork } from '../../../dist/nn/network.js';
import { createSchedule } from '../../../dist/nn/schedule.js';
import { finetuneOptionsSchema } from '../../../dist/strategies/finetune/options.js';
import { imageGenotype } from '../../../dist/strategies/shared/fixed-architecture.js';
import { blocks, normalize, trainingBatches } from '../../../dist/experts/training/batches.js';
import { initialExpert, initialHead } from '../../../dist/experts/training/expert-training.js';
import { plainExpert, variables } from './plain-expert.mjs';

/** The stream's options that finetuning has too. */
const settingsOf = ({ defaults: { channels, cells, epochs, batchSize } }) => ({ channels, cells, epochs, batchSize });

/** @param set in place of the stream's own values */
const open = (set = {}) => loadStream('split-mnist', { set });

const run =
  (create) =>
  async ({ tasks, set }) => {
    const stream = await open(set);
    return async () => {
      const strategy = create(stream);
      const seen = [];
      const note = (event) => {
        if (event.type === 'task-evaluated') seen.push(event.accuracy);
        if (event.type === 'decision-made') seen.push(event.decision.kind);
      };
      await lastValueFrom(learn(stream, strategy, { tasks }).pipe(tap(note)));
      strategy.dispose();
      return seen;
    };
  };

export const compiled = run((stream) => par(stream.defaults));
export const eager = run((stream) => par({ ...stream.defaults, engine: 'eager' }));
export const finetuned = run((stream) => finetune(settingsOf(stream)));

/**
 * What `finetuned` does, with tfjs alone: the same start and batches, a validation pass after every epoch, the best weights kept, all tasks
 * evaluated after each. Gradients come from tf.train, and answers one block of images at a time.
 */
export async function plain({ tasks, set }) {
  const stream = await open(set);
  const settings = finetuneOptionsSchema.parse(settingsOf(stream));
  const { channels, cells } = settings;
  return async () => {
    const [seen, learned] = [[], []];
    let expert;
    for await (const task of stream.tasks()) {
      const network = expertNetwork({ genotype: imageGenotype, channels, cells, inputShape: task.input.shape });
      const { parameters: weights, statistics } = initialExpert(network, task, 0);
      expert ??= plainExpert({ network, genotype: imageGenotype, cells, weights, statistics });
      const head = variables(headLayout(network.featureSize, task.classes.length), initialHead(network, task, 0), true);
      await train(expert, head, task, settings);
      learned.push({ task, head });
      for (const known of learned) seen.push(await accuracy(expert, known.head, known.task, known.task.test));
      if (learned.length === tasks) break;
    }
    tf.dispose([expert.variables, ...learned.map(({ head }) => [...head.values()])]);
    return seen;
  };
}

async function train(expert, head, task, { epochs, batchSize, learningRate: base, schedule: kind, ...rule }) {
  const { step, dispose } = expert.trainer(head, rule);
  const schedule = createSchedule({ kind, base, min: 0, epochs, factor: 1, patience: 0 });
  const trained = [...expert.variables, ...head.values()];
  let best = { accuracy: -1, values: [] };
  for (let epoch = 0; epoch < epochs; epoch++) {
    for await (const { examples } of trainingBatches(task, batchSize, 0, epoch)) {
      const x = tf.tensor4d(examples.inputs, [examples.labels.length, ...task.input.shape]);
      const oneHot = tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(examples.labels, 'int32'), task.classes.length), 'float32'));
      step(x, oneHot, schedule.rate());
      tf.dispose([x, oneHot]);
    }
    const measured = await accuracy(expert, head, task, task.validation);
    if (measured > best.accuracy) {
      tf.dispose(best.values);
      best = { accuracy: measured, values: trained.map((variable) => variable.clone()) };
    }
    schedule.advance(measured);
  }
  trained.forEach((variable, i) => variable.assign(best.values[i]));
  tf.dispose(best.values);
  dispose();
}

async function accuracy(expert, head, task, split) {
  let right = 0;
  for await (const { inputs, labels } of blocks(split, 256)) {
    const answers = tf.tidy(() => {
      const x = tf.tensor4d(normalize(inputs, task.normalization), [labels.length, ...task.input.shape]);
      return tf.argMax(expert.logits(x, head), 1);
    });
    answers.dataSync().forEach((answer, i) => (right += Number(answer === labels[i])));
    answers.dispose();
  }
  return right / split.size;
}
