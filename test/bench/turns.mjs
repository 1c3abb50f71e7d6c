import { fork } from 'node:child_process';
import { fileURLToPath, URL } from 'node:url';

const player = fileURLToPath(new URL('player.mjs', import.meta.url));

/**
 * What a variant showed.
 *
 * @typedef {object} Measured
 * @property {number} milliseconds median of its timed turns
 * @property {number} cpuMilliseconds median of the processor time of all threads, which other programs disturb less
 * @property {number[]} turns milliseconds of every timed turn
 * @property {number} firstMilliseconds of the first turn of all, which compiles
 * @property {unknown[]} answers what the work returned, warm-up turns first
 * @property {number[]} rssBytes resident memory behind every turn, warm-up turns first
 * @property {number} peakRssBytes largest resident memory of its process, start and compilation included
 */

/**
 * Measures variants of one piece of work side by side: each lives in a process of its own and they take turns, so that whatever else the
 * machine does falls on all alike.
 *
 * @param {string} work a module of work/
 * @param {Record<string, { variant: string, options: object }>} contestants by name: an export of the module, and what it is called with
 * @param {{ repeats: number, warmup: number, tell: (line: string) => void }} plan timed turns of each, and turns before them
 * @returns {Promise<Record<string, Measured>>}
 */
export async function takeTurns(work, contestants, { repeats, warmup, tell }) {
  const players = Object.entries(contestants).map(([name, { variant, options }]) => ({ name, ...start(work, variant, options) }));
  const replies = new Map(players.map(({ name }) => [name, []]));
  try {
    for (const { reply } of players) await reply();
    for (let turn = 0; turn < warmup + repeats; turn++) {
      for (const { name, go } of players) replies.get(name).push(await go());
      tell(`${work}: ${turn < warmup ? 'warm-up' : 'turn'} ${turn < warmup ? turn + 1 : turn - warmup + 1}, ${describe(replies)}`);
    }
  } finally {
    for (const { stop } of players) stop();
  }
  return Object.fromEntries([...replies].map(([name, all]) => [name, summarize(all, warmup)]));
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Starts a process that waits for its turns. Its first reply says that it is ready. */
function start(work, variant, options) {
  // What TensorFlow or a variant prints must not mix with the result.
  const child = fork(player, [work, variant, JSON.stringify(options)], {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', process.stderr, process.stderr, 'ipc'],
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
  });
  const reply = () =>
    new Promise((resolve, reject) => {
      const gone = (code, signal) =>
        reject(new Error(`${work}, ${variant}: its process ended with ${signal ? `signal ${signal}: is memory short?` : `code ${code}`}`));
      child.once('exit', gone);
      child.once('message', (message) => {
        child.off('exit', gone);
        resolve(message);
      });
    });
  return {
    reply,
    go() {
      const answer = reply();
      child.send('go');
      return answer;
    },
    stop: () => child.kill(),
  };
}

function summarize(replies, warmup) {
  const turns = replies.slice(warmup).map(({ milliseconds }) => milliseconds);
  return {
    milliseconds: median(turns),
    cpuMilliseconds: median(replies.slice(warmup).map(({ cpuMilliseconds }) => cpuMilliseconds)),
    turns,
    firstMilliseconds: replies[0].milliseconds,
    answers: replies.map(({ answer }) => answer),
    rssBytes: replies.map(({ rssBytes }) => rssBytes),
    peakRssBytes: Math.max(...replies.map(({ peakRssBytes }) => peakRssBytes)),
  };
}

const describe = (replies) => [...replies].map(([name, all]) => `${name} ${all.at(-1).milliseconds.toFixed(1)} ms`).join(', ');
