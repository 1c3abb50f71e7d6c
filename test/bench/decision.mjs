import { agree } from './agree.mjs';
import { milliseconds, ratio } from './render.mjs';
import { takeTurns } from './turns.mjs';

const samples = 5000;
const features = 512;

/** Broadcasting holds all differences at once. */
const plainLimitBytes = 2 * 2 ** 30;

/** How a task's distances to all known tasks grow with the classes seen. */
export const decision = {
  about: 'distances of a task to 10, 100, 1000 and 10000 known classes',
  all: [{}],
  async measure({ repeats = 7, tell }) {
    const cases = [];
    for (const prototypes of [10, 100, 1000, 10000]) {
      const options = { known: prototypes };
      const affordable = samples * prototypes * features * 4 <= plainLimitBytes;
      const contestants = { ours: { variant: 'ours', options }, ...(affordable && { plain: { variant: 'plain', options } }) };
      tell(`${prototypes} known classes${affordable ? '' : ', without plain tfjs: broadcasting would take more than 2 GiB'}`);
      const { ours, plain } = await takeTurns('decision', contestants, { repeats, warmup: 2, tell });
      if (plain) agree('divergences', ours.answers[0], plain.answers[0], 1e-4);
      cases.push({
        prototypes,
        milliseconds: ours.milliseconds,
        plainMilliseconds: plain?.milliseconds ?? null,
        ratio: plain ? ours.milliseconds / plain.milliseconds : null,
        cpuMilliseconds: ours.cpuMilliseconds,
      });
    }
    return { samples, features, repeats, cases };
  },
  table: ([{ cases }]) => ({
    title: 'Decision: distances to all known classes',
    note: `${samples} validation samples of ${features} features. Plain tfjs broadcasts; where that would take more than 2 GiB it is left out.`,
    columns: ['known classes', 'ours, ms', 'plain tfjs, ms', 'ratio', 'processor time, ms'],
    rows: cases.map((one) => [
      String(one.prototypes),
      milliseconds(one.milliseconds),
      milliseconds(one.plainMilliseconds),
      ratio(one.ratio),
      milliseconds(one.cpuMilliseconds),
    ]),
  }),
};
