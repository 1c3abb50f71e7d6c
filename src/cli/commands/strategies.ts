import { Command } from 'commander';
import { z } from 'zod';
import { definitions } from '../definitions.js';
import { print, printJson } from '../output.js';

export function strategiesCommand(): Command {
  return new Command('strategies')
    .description('the ways to learn that there are; with a name, its options with their defaults')
    .argument('[name]', 'a strategy')
    .option('--json', 'as JSON')
    .action(async (name: string | undefined, flags: { json?: true }) => {
      const { strategies, strategyNamed } = await import('../../strategies/registry.js');
      if (name === undefined) {
        if (flags.json) printJson(strategies.map((entry) => ({ name: entry.name, description: entry.description })));
        else print(definitions(strategies.map((entry) => [entry.name, entry.description] as const)));
        return;
      }
      const entry = strategyNamed(name);
      const options = describeOptions(entry.options);
      if (flags.json) printJson({ name, description: entry.description, options });
      else print(`${entry.description}\n\n${definitions(options.map((option) => [option.name, sentence(option)] as const))}`);
    });
}

interface DescribedOption {
  readonly name: string;
  readonly description: string;
  readonly default: unknown;
  readonly choices: readonly unknown[] | null;
}

function describeOptions(schema: z.ZodObject): DescribedOption[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input' });
  return Object.entries(properties).map(([name, property]) => {
    const { description = '', default: value = null, enum: choices = null } = typeof property === 'object' ? property : {};
    return { name, description, default: value, choices };
  });
}

function sentence({ description, default: value, choices }: DescribedOption): string {
  const allowed = choices === null ? '' : `; one of ${choices.join(', ')}`;
  return `${description}${allowed} (${JSON.stringify(value)})`;
}
