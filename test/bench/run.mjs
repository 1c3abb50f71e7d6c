import { agree } from './agree.mjs';
import { ratio } from './render.mjs';
import { takeTurns } from './turns.mjs';

/** Small enough that plain tfjs ends in a minute. */
const small = { 'limits.train': 600, 'limits.test': 500 };

const kinds = {
  finetune: {
    about: 'finetune, beside the same with tf.train',
    ours: { variant: 'finetuned', set: small },
    beside: { variant: 'plain', set: small },
    // After a hundred steps roundings have grown into a few images.
    tolerance: 0.05,
  },
  par: {
    about: 'PAR, beside `engine: eager`',
    ours: { variant: 'compiled' },
    beside: { variant: 'eager' },
  },
};

/** Whole runs, compilation, evaluation and what else a run does included. */
export const run = {
  about: 'whole runs on split-mnist: finetune beside tf.train, PAR compiled beside uncompiled',
  all: [{}],
  async measure({ tasks = 2, repeats = 3, tell }) {
    const cases = [];
    for (const [kind, { about, ours, beside, tolerance }] of Object.entries(kinds)) {
      const contestant = ({ variant, set }) => ({ variant, options: { tasks, set } });
      const measured = await takeTurns('run', { ours: contestant(ours), beside: contestant(beside) }, { repeats, warmup: 0, tell });
      const [accuracies, besideAccuracies] = [measured.ours.answers[0], measured.beside.answers[0]];
      if (tolerance) agree('accuracies', accuracies, besideAccuracies, tolerance);
      cases.push({
        ...{ kind, about, tasks, accuracies, besideAccuracies },
        seconds: measured.ours.milliseconds / 1000,
        besideSeconds: measured.beside.milliseconds / 1000,
        ratio: measured.ours.milliseconds / measured.beside.milliseconds,
        cpuSeconds: measured.ours.cpuMilliseconds / 1000,
        besideCpuSeconds: measured.beside.cpuMilliseconds / 1000,
        peakRssBytes: measured.ours.peakRssBytes,
      });
    }
    return { stream: 'split-mnist', repeats, cases };
  },
  table: ([{ cases }]) => ({
    title: 'Whole runs',
    note: `The first tasks of split-mnist with the options of the stream, without a run folder, compilation and evaluation included. Finetuning has ${small['limits.train']} images a task and is written with tf.train for comparison: the same start, batches, validation and weights kept. Uncompiled PAR is our own operations one by one, which plain tfjs takes two to three times as long for.`,
    columns: ['run', 'tasks', 'ours, s', 'beside, s', 'ratio', 'processor time, s', 'beside, s'],
    rows: cases.map((one) => [
      one.about,
      String(one.tasks),
      one.seconds.toFixed(1),
      one.besideSeconds.toFixed(1),
      ratio(one.ratio),
      one.cpuSeconds.toFixed(1),
      one.besideCpuSeconds.toFixed(1),
    ]),
  }),
};
