import { megabytes, milliseconds, ratio } from './render.mjs';
import { takeTurns } from './turns.mjs';

/** Full batches in each half of a task's training data. */
const batches = 5;

/** A sample of the search beside as many training and evaluation steps of an expert. */
export const search = {
  about: 'one sample of a search, beside as many steps of an expert',
  all: [{ channels: 16 }, { channels: 64, repeats: 8 }],
  async measure({ channels = 16, batch = 64, size = 32, repeats = 20, tell }) {
    const options = { channels, batch, batches, size };
    const contestants = { sampled: { variant: 'sampled', options }, expert: { variant: 'expert', options } };
    const { sampled, expert } = await takeTurns('search', contestants, { repeats, warmup: 1, tell });
    return {
      ...options,
      millisecondsPerSample: mean(sampled.turns),
      millisecondsSameSteps: mean(expert.turns),
      ratio: mean(sampled.turns) / mean(expert.turns),
      compileMilliseconds: sampled.firstMilliseconds - mean(sampled.turns),
      expertCompileMilliseconds: expert.firstMilliseconds - mean(expert.turns),
      peakRssBytes: sampled.peakRssBytes,
      expertPeakRssBytes: expert.peakRssBytes,
      repeats,
    };
  },
  table: (results) => ({
    title: 'Sample of a search',
    note: `${batches} training batches and as many images to judge by; genotype a beside paths of 14 edges. Means, as paths differ in work. The first sample compiles what all of them use, once for each shape of images in a run.`,
    columns: ['search', 'a sample, ms', 'the same steps of an expert, ms', 'ratio', 'compiling, ms', 'peak memory, MB', "expert's, MB"],
    rows: results.map((result) => [
      `C = ${result.channels}, ${result.batch} images of ${result.size}x${result.size}`,
      milliseconds(result.millisecondsPerSample),
      milliseconds(result.millisecondsSameSteps),
      ratio(result.ratio),
      milliseconds(result.compileMilliseconds),
      megabytes(result.peakRssBytes),
      megabytes(result.expertPeakRssBytes),
    ]),
  }),
};

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
