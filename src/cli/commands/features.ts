import { Command } from 'commander';
import { definitions } from '../definitions.js';
import { print, printJson } from '../output.js';

export function featuresCommand(): Command {
  return new Command('features')
    .description('the frozen feature extractors that there are')
    .option('--json', 'as JSON')
    .action(async (flags: { json?: true }) => {
      const { extractors } = await import('../../features/registry.js');
      const entries = Object.entries(extractors).map(([name, { about }]) => ({ name, about }));
      if (flags.json) printJson(entries);
      else print(definitions(entries.map(({ name, about }) => [name, about] as const)));
    });
}
