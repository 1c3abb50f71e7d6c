import { Command } from 'commander';
import { stringify } from 'yaml';
import type { LoadedStream } from '../../streams/load-stream.js';
import { definitions } from '../definitions.js';
import { describeCheck } from '../describe-check.js';
import { assignment, integer, type Assignment } from '../options.js';
import { print, printJson } from '../output.js';
import { colorsOf, widthOf } from '../terminal.js';

interface JsonFlag {
  readonly json?: true;
}

export function streamsCommand(): Command {
  return new Command('streams')
    .description('the streams that there are')
    .addCommand(list(), { isDefault: true })
    .addCommand(show())
    .addCommand(check());
}

function list(): Command {
  return new Command('list')
    .description('the shipped streams')
    .option('--json', 'as JSON')
    .action(async (flags: JsonFlag) => {
      const { listStreams } = await import('../../streams/list-streams.js');
      const streams = await listStreams();
      if (flags.json) printJson(streams);
      else print(definitions(streams.map(({ name, description }) => [name, description] as const)));
    });
}

interface StreamFlags extends JsonFlag {
  readonly set?: Assignment[];
  readonly seed?: number;
  readonly tasks?: number;
  readonly samples?: string | true;
}

/** A command about one stream, whose manifest `--set` can change. */
function aboutStream(name: string, description: string, act: (stream: LoadedStream, flags: StreamFlags) => Promise<void> | void): Command {
  return new Command(name)
    .description(description)
    .argument('<stream>', 'a shipped stream or the path of a manifest')
    .option('--set <path=value>', 'a manifest key; can be repeated', assignment)
    .option('--seed <n>', "rules class order and samples (default: the manifest's, else 0)", integer(0))
    .option('--tasks <n>', 'read at most so many tasks', integer(1))
    .option('--json', 'as JSON')
    .action(async (name: string, { seed, tasks, ...flags }: StreamFlags) => {
      const [{ loadStream }, { firstTasks }] = await Promise.all([
        import('../../streams/load-stream.js'),
        import('../../streams/first-tasks.js'),
      ]);
      const stream = await loadStream(name, { set: Object.fromEntries(flags.set ?? []), ...(seed !== undefined && { seed }) });
      await act(tasks === undefined ? stream : firstTasks(stream, tasks), flags);
    });
}

function show(): Command {
  return aboutStream('show', 'the definition of a stream with every default', async (stream, flags) => {
    if (flags.samples === undefined) {
      if (flags.json) printJson(stream.manifest);
      else print(stringify(stream.manifest));
      return;
    }
    const { writeContactSheets } = await import('../../streams/contact-sheets.js');
    const folder = flags.samples === true ? `${stream.name}-samples` : flags.samples;
    const sheets = await writeContactSheets(stream, folder);
    if (flags.json) printJson(sheets);
    else print(sheets.map(({ path, rows }) => `${path}: rows ${rows.join(', ')}`).join('\n'));
  }).option('--samples [folder]', 'write instead a picture of training images for each task (default: <name>-samples)');
}

function check(): Command {
  const description = 'read the data and print classes, counts and shapes of each task, without training';
  return aboutStream('check', description, async (stream, flags) => {
    const [{ checkStream }, { extractorChoice }] = await Promise.all([
      import('../../streams/check-stream.js'),
      import('../../learner/extractor-choice.js'),
    ]);
    const extractors = await extractorChoice(stream.features);
    const found = await checkStream(stream);
    for (const { input } of found.tasks) await extractors.check(input);
    extractors.dispose();
    if (flags.json) printJson(found);
    else print(describeCheck(found, widthOf(process.stdout), colorsOf(process.stdout)));
  });
}
