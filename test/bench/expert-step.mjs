import { agree } from './agree.mjs';
import { megabytes, milliseconds, ratio } from './render.mjs';
import { takeTurns } from './turns.mjs';

/** A training step of an expert: forward, backward, clip, weight decay, momentum. */
export const expertStep = {
  about: 'one training step of an expert',
  all: [{ channels: 16 }, { channels: 64, repeats: 7 }],
  async measure({ channels = 16, batch = 64, size = 32, repeats = 15, tell }) {
    const options = { channels, batch, size };
    const contestants = { compiled: { variant: 'compiled', options }, plain: { variant: 'plain', options } };
    const { compiled, plain } = await takeTurns('expert-step', contestants, { repeats, warmup: 3, tell });
    return {
      ...options,
      milliseconds: compiled.milliseconds,
      plainMilliseconds: plain.milliseconds,
      ratio: compiled.milliseconds / plain.milliseconds,
      cpuMilliseconds: compiled.cpuMilliseconds,
      plainCpuMilliseconds: plain.cpuMilliseconds,
      peakRssBytes: compiled.peakRssBytes,
      plainPeakRssBytes: plain.peakRssBytes,
      lossDifference: agree('losses of the first steps', compiled.answers.slice(0, 3), plain.answers.slice(0, 3), 1e-4),
      repeats,
    };
  },
  table: (results) => ({
    title: 'Training step of an expert',
    note: 'Forward, backward, clip, weight decay and momentum; genotype a, 4 cells, 10 classes. Medians; processor time is of all threads together. From the same weights both have the same losses.',
    columns: ['expert', 'ours, ms', 'plain tfjs, ms', 'ratio', 'processor time, ms', 'plain, ms', 'peak memory, MB', 'plain, MB'],
    rows: results.map((result) => [
      `C = ${result.channels}, ${result.batch} images of ${result.size}x${result.size}`,
      milliseconds(result.milliseconds),
      milliseconds(result.plainMilliseconds),
      ratio(result.ratio),
      milliseconds(result.cpuMilliseconds),
      milliseconds(result.plainCpuMilliseconds),
      megabytes(result.peakRssBytes),
      megabytes(result.plainPeakRssBytes),
    ]),
  }),
};
