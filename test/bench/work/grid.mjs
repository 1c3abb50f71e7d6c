// Grids of runs that only copy a finished run folder, so that what is left is the grid's own: queue, process, locks, folders. Answers with the time of
// a run and with the resident bytes of this process after a tenth of them and at the end.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath, URL } from 'node:url';
import { connect } from '../../../dist/grid/redis/connect.js';
import { runElsewhere } from '../../../dist/grid/redis/run-elsewhere.js';
import { work } from '../../../dist/grid/redis/work.js';
import { openGridFolder } from '../../../dist/grid/grid-folder.js';
import { readGrid } from '../../../dist/grid/read-grid.js';
import { runHere } from '../../../dist/grid/run-here.js';

const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const copying = new URL('copy-run.mjs', import.meta.url);
const quiet = { stdio: ['ignore', 'ignore', 'ignore'] };

/** Runs beside each other on this machine. @param {{ runs: number, jobs: number }} options */
export const here = ({ runs, jobs }) =>
  inProject(runs, 'strategies: [ncm]', async ({ cells, folder, setting, counted }) => {
    const signal = new globalThis.AbortController().signal;
    await runHere(cells, folder, { ...setting, threads: 1, jobs, signal, onEvent: counted });
  });

/** The same by a worker over a Redis server, grid and worker in this process. @param {{ runs: number, jobs: number }} options */
export const overRedis = ({ runs, jobs }) =>
  inProject(runs, 'strategies: [ncm]', async ({ cells, folder, setting, counted, out }) => {
    const port = await freePort();
    const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', ''], quiet);
    const controller = new globalThis.AbortController();
    try {
      const connection = await patiently(() => connect(`redis://127.0.0.1:${port}`));
      const nothing = () => undefined;
      const shared = { connection, onNotice: nothing, signal: controller.signal };
      const searchEntry = copying;
      const working = work({ ...shared, ...setting, searchEntry, name: 'bench', cores: jobs, jobs, silenceMs: 30_000, onEvent: nothing });
      await runElsewhere(cells, folder, { ...shared, gridName: 'bench', out, threads: 1, onEvent: counted });
      controller.abort();
      await working;
    } finally {
      server.kill();
    }
  });

/** Whole runs of a second or so, by the command line. @param {{ runs: number, jobs: number }} options */
export const whole = ({ runs, jobs }) => {
  const options = 'strategies: [finetune]\noptions: { network: mlp, units: 64, epochs: 300, patience: -1 }\nthreads: 1';
  return async () => {
    const folder = project(runs, options);
    try {
      const started = performance.now();
      execFileSync(process.execPath, [main, 'grid', 'grid.yaml', '--jobs', String(jobs)], { cwd: folder, ...quiet });
      return { milliseconds: (performance.now() - started) / runs };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
};

/** Prepares a project and a finished run to copy, does the work in it, and watches memory. */
function inProject(runs, options, doWork) {
  return async () => {
    const place = project(runs, options);
    const before = process.cwd();
    process.chdir(place);
    try {
      execFileSync(process.execPath, [main, 'run', 'tiny.yaml', '--strategy', 'ncm', '--out', 'template'], quiet);
      const { cells, out } = await readGrid('grid.yaml');
      const folder = await openGridFolder(out, 'grid.yaml');
      const rssBytes = [];
      let finished = 0;
      const counted = (event) => {
        if (event.type === 'cell-failed') throw new Error(event.reason);
        if (event.type !== 'cell-finished' || ++finished % Math.ceil(runs / 10) !== 0) return;
        globalThis.gc();
        rssBytes.push(process.memoryUsage.rss());
      };
      const setting = { entry: copying, environment: { ...process.env, BENCH_TEMPLATE: join(place, 'template') } };
      const started = performance.now();
      await doWork({ cells, folder, setting, counted, out });
      const milliseconds = (performance.now() - started) / runs;
      await folder.close();
      const made = readdirSync(out).filter((name) => name.startsWith('tiny-')).length;
      if (made !== runs) throw new Error(`${runs} run folders expected, found ${made}`);
      return { milliseconds, firstRssBytes: rssBytes[0], lastRssBytes: rssBytes.at(-1) };
    } finally {
      process.chdir(before);
      rmSync(place, { recursive: true, force: true });
    }
  };
}

function project(runs, options) {
  const folder = mkdtempSync(join(tmpdir(), 'lifelong-bench-'));
  const rows = (count) => Array.from({ length: count }, (_, i) => `${(i % 6) / 6},${(i % 2) + Math.sin(i) / 4},k${i % 6}`);
  for (const [name, count] of Object.entries({ train: 240, test: 60 }))
    writeFileSync(join(folder, `${name}.csv`), `a,b,label\n${rows(count).join('\n')}\n`);
  writeFileSync(
    join(folder, 'tiny.yaml'),
    'name: tiny\ndata: { source: csv, train: train.csv, test: test.csv, label: label }\ntasks: { split: 3 }\n',
  );
  const seeds = Array.from({ length: runs }, (_, seed) => seed);
  writeFileSync(join(folder, 'grid.yaml'), `streams: [tiny.yaml]\n${options}\nseeds: [${seeds.join(', ')}]\n`);
  return folder;
}

async function patiently(attempt) {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (tries === 50) throw error;
      await setTimeout(100);
    }
  }
}

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
