import { megabytes } from './render.mjs';
import { takeTurns } from './turns.mjs';

const stepsPerTurn = 10;
const warmup = 2;
/** Plain tfjs is too slow for a thousand steps. */
const about = { compiled: { words: 'ours', turns: 98 }, plain: { words: 'plain tfjs', turns: 4 } };

/** What training steps take of memory, each variant alone on the machine, and what they leave behind. */
export const memory = {
  about: 'peak memory of training steps, and whether memory stays flat',
  all: [{}],
  async measure({ channels = 16, batch = 64, size = 32, repeats, tell }) {
    const options = { channels, batch, size, stepsPerTurn };
    const variants = {};
    for (const [variant, { turns }] of Object.entries(about)) {
      const plan = { repeats: repeats ?? turns, warmup, tell };
      const { [variant]: measured } = await takeTurns('memory', { [variant]: { variant, options } }, plan);
      const { peakRssBytes, rssBytes, answers } = measured;
      variants[variant] = {
        peakRssBytes,
        rssBytes: rssBytes.at(-1),
        rssGrowth: rssBytes.at(-1) / rssBytes[warmup - 1] - 1,
        tensorGrowth: answers.at(-1) - answers[warmup - 1],
        steps: stepsPerTurn * answers.length,
      };
    }
    return { channels, batch, size, ...variants };
  },
  table: (results) => ({
    title: 'Memory of training steps',
    note: `Each variant in a process of its own, its peak from start to end. Growth is from step ${stepsPerTurn * warmup} to the last.`,
    columns: ['expert', 'peak, MB', 'at the end, MB', 'growth', 'more tensors', 'steps'],
    rows: results.flatMap((result) =>
      Object.entries(about).map(([variant, { words }]) => [
        `C = ${result.channels}, ${words}`,
        megabytes(result[variant].peakRssBytes),
        megabytes(result[variant].rssBytes),
        `${(100 * result[variant].rssGrowth).toFixed(1)} %`,
        String(result[variant].tensorGrowth),
        String(result[variant].steps),
      ]),
    ),
  }),
};
