import { ratio } from './render.mjs';
import { takeTurns } from './turns.mjs';

/** Whole runs of PAR, search, training, distances and evaluation: compiled against the same operations one by one. */
export const run = {
  about: 'a whole PAR run on split-mnist, compiled and uncompiled',
  all: [{}],
  async measure({ tasks = 2, repeats = 3, tell }) {
    const options = { tasks };
    const contestants = { compiled: { variant: 'compiled', options }, eager: { variant: 'eager', options } };
    const { compiled, eager } = await takeTurns('run', contestants, { repeats, warmup: 0, tell });
    return {
      stream: 'split-mnist',
      tasks,
      seconds: compiled.milliseconds / 1000,
      eagerSeconds: eager.milliseconds / 1000,
      ratio: compiled.milliseconds / eager.milliseconds,
      cpuSeconds: compiled.cpuMilliseconds / 1000,
      eagerCpuSeconds: eager.cpuMilliseconds / 1000,
      peakRssBytes: compiled.peakRssBytes,
      accuracies: compiled.answers[0],
      eagerAccuracies: eager.answers[0],
      repeats,
    };
  },
  table: (results) => ({
    title: 'Whole run of PAR',
    note: 'Search, training, distances and evaluation with the options of the stream, compilation included, no run folder. Uncompiled is `engine: eager`: our own operations one by one, which plain tfjs takes two to three times as long for.',
    columns: ['stream', 'compiled, s', 'uncompiled, s', 'ratio', 'processor time, s', 'uncompiled, s'],
    rows: results.map((result) => [
      `${result.stream}, ${result.tasks} tasks`,
      result.seconds.toFixed(1),
      result.eagerSeconds.toFixed(1),
      ratio(result.ratio),
      result.cpuSeconds.toFixed(1),
      result.eagerCpuSeconds.toFixed(1),
    ]),
  }),
};
