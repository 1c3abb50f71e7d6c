import { megabytes, milliseconds, ratio } from './render.mjs';
import { median, takeTurns } from './turns.mjs';

/** The first task trains an expert, the next ones still meet code for the first time. */
const warmup = 5;

const sizes = [
  { tasks: 5, saved: false },
  { tasks: 20, saved: false },
  { tasks: 100, saved: false },
  { tasks: 100, saved: true },
];

/** Time and memory of a task after many that only needed a head: they should not depend on how many. */
export const growth = {
  about: 'time and memory of a task after 5, 20 and 100 that only needed a head',
  all: [{}],
  async measure({ repeats = 3, tell }) {
    const cases = [];
    for (const { tasks, saved } of sizes) {
      const reuse = (collect) => ({ variant: 'reuse', options: { tasks: warmup + tasks, saved, collect } });
      const { timed, weighed } = await takeTurns('growth', { timed: reuse(false), weighed: reuse(true) }, { repeats, warmup: 0, tell });
      const series = ({ answers }) => answers.map((tasks) => tasks.slice(warmup));
      cases.push({ tasks, saved, ...summarize(series(timed), series(weighed)) });
    }
    return { warmup, repeats, cases };
  },
  table: ([{ cases }]) => ({
    title: 'Growth with the number of tasks',
    note: `Head-only reuse: an expert of C = 4 from a first task of 500 images of 16x16, then tasks of two classes and 200 images, each evaluated; the first ${warmup} tasks are not counted. Medians over the first and the last tasks, ten or as many as there are.`,
    columns: ['tasks', 'first ten, ms a task', 'last ten, ms', 'ratio', 'processor time, ratio', 'first ten, MB', 'last ten, MB', 'ratio'],
    rows: cases.map((one) => [
      `${one.tasks}${one.saved ? ', kept in a run folder' : ''}`,
      milliseconds(one.first.milliseconds),
      milliseconds(one.last.milliseconds),
      ratio(one.timeRatio),
      ratio(one.cpuRatio),
      megabytes(one.first.rssBytes),
      megabytes(one.last.rssBytes),
      ratio(one.memoryRatio),
    ]),
  }),
};

/**
 * @param {{ milliseconds: number, cpuMilliseconds: number }[][]} timed what each task took, in each run
 * @param {{ rssBytes: number }[][]} weighed what was resident after each task once garbage was collected, in each run
 */
function summarize(timed, weighed) {
  const part = (from, to) => {
    const middle = (runs, key) => median(runs.flatMap((series) => series.slice(from, to)).map((task) => task[key]));
    return {
      milliseconds: middle(timed, 'milliseconds'),
      cpuMilliseconds: middle(timed, 'cpuMilliseconds'),
      rssBytes: middle(weighed, 'rssBytes'),
    };
  };
  const [first, last] = [part(0, 10), part(-10)];
  return {
    first,
    last,
    timeRatio: last.milliseconds / first.milliseconds,
    cpuRatio: last.cpuMilliseconds / first.cpuMilliseconds,
    memoryRatio: last.rssBytes / first.rssBytes,
  };
}
