import { Command } from 'commander';
import { stringify } from 'yaml';
import { definitions } from '../definitions.js';
import { print, printJson } from '../output.js';

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

function show(): Command {
  return new Command('show')
    .description('the definition of a stream with every default')
    .argument('<stream>', 'a shipped stream or the path of a manifest')
    .option('--json', 'as JSON')
    .action(async (name: string, flags: JsonFlag) => {
      const { loadStream } = await import('../../streams/load-stream.js');
      const { manifest } = await loadStream(name);
      if (flags.json) printJson(manifest);
      else print(stringify(manifest));
    });
}

function check(): Command {
  return new Command('check')
    .description('read the data and print classes, counts and shapes of each task, without training')
    .argument('<stream>', 'a shipped stream or the path of a manifest')
    .option('--json', 'as JSON')
    .action(async (name: string, flags: JsonFlag) => {
      const [{ loadStream }, { checkStream }] = await Promise.all([
        import('../../streams/load-stream.js'),
        import('../../streams/check-stream.js'),
      ]);
      const found = await checkStream(await loadStream(name));
      if (flags.json) printJson(found);
      else print(stringify(found));
    });
}
