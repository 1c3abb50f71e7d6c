// npm run bench: how fast and how large, beside plain tfjs doing the same work in the same run. docs/performance.md tells how to read it.
import { Argument, Command, Option } from 'commander';
import { decision } from './decision.mjs';
import { expertStep } from './expert-step.mjs';
import { grid } from './grid.mjs';
import { growth } from './growth.mjs';
import { inference } from './inference.mjs';
import { machine } from './machine.mjs';
import { memory } from './memory.mjs';
import { positive } from './positive.mjs';
import { markdown, text } from './render.mjs';
import { run } from './run.mjs';
import { search } from './search.mjs';

/**
 * Measures one thing at one setting and lays such results out.
 *
 * @typedef {object} Benchmark
 * @property {string} about
 * @property {object[]} all settings that `all` measures
 * @property {(options: object) => Promise<object>} measure
 * @property {(results: object[]) => { title: string, note: string, columns: string[], rows: string[][] }} table
 */

/** @type {Record<string, Benchmark>} */
const benchmarks = { 'expert-step': expertStep, search, inference, memory, decision, run, growth, grid };

const tell = (line) => console.error(line);

const program = new Command('bench')
  .description(
    `Measures lifelong beside plain tfjs.\n\n${Object.entries(benchmarks)
      .map(([name, { about }]) => `${name.padEnd(13)}${about}`)
      .join('\n')}`,
  )
  .addArgument(new Argument('[benchmark]', 'what to measure').choices(['all', ...Object.keys(benchmarks)]).default('all'))
  .option('--channels <n>', 'channels C of the expert', positive)
  .option('--batch <n>', 'images in a batch', positive)
  .option('--size <n>', 'height and width of the images', positive)
  .option('--tasks <n>', 'tasks of a run', positive)
  .option('--runs <n>', 'runs of a grid', positive)
  .option('--repeats <n>', 'timed turns of each variant', positive)
  .option('--json', 'print one JSON object')
  .addOption(new Option('--markdown', 'print the tables of docs/performance.md').conflicts('json'));

program.parse();
const { json, markdown: asMarkdown, ...given } = program.opts();
const [name = 'all'] = program.processedArgs;

const results = [];
for (const [benchmark, { all, measure }] of Object.entries(benchmarks)) {
  if (name !== 'all' && name !== benchmark) continue;
  for (const setting of name === 'all' ? all : [{}]) {
    tell(`${benchmark} ${JSON.stringify({ ...setting, ...given })}`);
    try {
      results.push({ benchmark, ...(await measure({ ...setting, ...given, tell })) });
    } catch (error) {
      tell(error instanceof Error ? error.message : String(error));
      process.exitCode = 1;
    }
  }
}
if (json) {
  if (results.length > 0) console.log(JSON.stringify(name === 'all' ? { ...machine(), results } : results[0]));
} else {
  const tables = Object.entries(benchmarks).flatMap(([benchmark, { table }]) => {
    const own = results.filter((result) => result.benchmark === benchmark);
    return own.length > 0 ? [table(own)] : [];
  });
  console.log((asMarkdown ? markdown : text)(machine(), tables));
}
