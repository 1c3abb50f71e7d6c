import { agree } from './agree.mjs';
import { milliseconds, ratio } from './render.mjs';
import { takeTurns } from './turns.mjs';

/** Features of a batch through a frozen expert. */
export const inference = {
  about: 'features of one batch through a frozen expert',
  all: [{ channels: 16 }, { channels: 64 }],
  async measure({ channels = 16, batch = 64, size = 32, repeats = 25, tell }) {
    const options = { channels, batch, size };
    const contestants = { compiled: { variant: 'compiled', options }, plain: { variant: 'plain', options } };
    const { compiled, plain } = await takeTurns('inference', contestants, { repeats, warmup: 3, tell });
    return {
      ...options,
      milliseconds: compiled.milliseconds,
      plainMilliseconds: plain.milliseconds,
      ratio: compiled.milliseconds / plain.milliseconds,
      cpuMilliseconds: compiled.cpuMilliseconds,
      plainCpuMilliseconds: plain.cpuMilliseconds,
      featureDifference: agree('features', compiled.answers[0], plain.answers[0], 1e-4),
      repeats,
    };
  },
  table: (results) => ({
    title: 'Frozen features of a batch',
    note: 'Evaluation, head-only training, teachers of distillation. Medians.',
    columns: ['expert', 'ours, ms', 'plain tfjs, ms', 'ratio', 'processor time, ms', 'plain, ms'],
    rows: results.map((result) => [
      `C = ${result.channels}, ${result.batch} images of ${result.size}x${result.size}`,
      milliseconds(result.milliseconds),
      milliseconds(result.plainMilliseconds),
      ratio(result.ratio),
      milliseconds(result.cpuMilliseconds),
      milliseconds(result.plainCpuMilliseconds),
    ]),
  }),
};
