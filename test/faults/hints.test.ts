import type { Command, Option } from 'commander';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { program } from '../../src/cli/program.js';
import { builtInSources } from '../../src/data/sources/registry.js';
import { extractors } from '../../src/features/registry.js';
import { metricNames } from '../../src/metrics/compute-metrics.js';
import { stabilityNames } from '../../src/metrics/stability.js';
import { strategies } from '../../src/strategies/registry.js';
import { manifestSchema } from '../../src/streams/manifest.js';
import { readSources, type SourceText } from './source-texts.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sources = readSources(root);
const packageFile = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly scripts: Readonly<Record<string, string>> };

const lifelong = program();
const leaves = (command: Command): Command[] => (command.commands.length === 0 ? [command] : command.commands.flatMap(leaves));

/** Every command with the statements that it can come to, so with the texts that it can say. */
const commands = leaves(lifelong).map((command) => {
  const nested = command.parent !== lifelong && command.parent;
  return {
    command,
    reached: sources.reachedFrom(`src/cli/commands/${(nested || command).name()}.ts`, nested ? command.name() : undefined),
  };
});
const dataSources = builtInSources.map((source) => ({ source, reached: sources.reachedFrom(`src/data/sources/${source.name}.ts`) }));

const flagOf = (command: Command, flag: string): Option | undefined =>
  command.options.find((option) => option.long === flag || option.short === flag);

/** What is wrong with `lifelong …` as a text writes it. */
function* faultsOfCommandLine(line: string): Generator<string> {
  const words = line.trim().split(/\s+/);
  let command = lifelong;
  for (let named = at(command, words[0]); named; named = at(command, words[0])) {
    command = named;
    words.shift();
  }
  if (command.name() === 'grid') command = at(command, 'start') ?? command; // which is what it does by default
  if (command === lifelong && words[0] !== '--help') {
    yield `no command "${words[0] ?? ''}"`;
    return;
  }
  const given: string[] = [];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (!word.startsWith('-')) given.push(word);
    else if (word !== '--help') {
      const option = flagOf(command, word);
      if (!option) yield `${command.name()} has no ${word}`;
      else if (option.required) yield* faultsOfValue(option, words.shift());
    }
  }
  const wanted = command.registeredArguments.filter(({ required }) => required).length;
  if (given.length < wanted) yield `${command.name()} wants ${wanted} arguments, "${line}" has ${given.length}`;
}

/** A command of this name; `streams` alone is one, too. */
const at = (command: Command, name: string | undefined): Command | undefined => command.commands.find((one) => one.name() === name);

function* faultsOfValue(option: Option, value: string | undefined): Generator<string> {
  if (value === undefined) yield `${option.flags} wants a value`;
  else if (option.argChoices && /^[a-z]/.test(value) && !option.argChoices.includes(value)) yield `${option.flags} takes no ${value}`;
  else if (option.long === '--set') yield* faultsOfKey(value.split('=')[0] ?? '');
}

const names = commands.map(({ command }) => command.name()).join('|');
const beforeFlag = new RegExp(`\\b(${names})\\b(?:[:,]| (?:with|without|or|and)\\b| --?[\\w-]+(?: [a-z…][\\w…-]*)?| [A-Z…]\\S*)* $`);

/**
 * The flags that a text names outside of a command line; each is one of the command named before it, or else of every one that can say it. A text
 * that begins with a flag and a colon is about one that was given, and one that is a flag alone is a part of another, which names the command.
 */
function* faultsOfFlags({ text, statement, place }: SourceText): Generator<string> {
  const sayers = place.startsWith('src/setup/')
    ? commands.filter(({ command }) => command.name() === 'setup')
    : commands.filter(({ reached }) => reached.has(statement));
  const given = /^(--[a-z-]+)(?:(?: …)?:| …$)/.exec(text)?.[1];
  for (const clause of text.split(/[;.] /)) {
    for (const match of clause.matchAll(/(?<=^|[\s"'`]|(?<!var)\()(--[a-z][a-z-]*)(?: ([a-z]+)(?: or ([a-z]+))?)?/g)) {
      const [, flag = '', ...values] = match;
      const named = beforeFlag.exec(clause.slice(0, match.index))?.[1];
      if (flag === '--help') continue;
      const naming = named === undefined ? sayers : commands.filter(({ command }) => command.name() === named);
      const who = flag === given ? naming.filter(({ command }) => flagOf(command, flag)) : naming;
      if (who.length === 0) yield `no command can say ${flag}`;
      for (const { command } of who) {
        const option = flagOf(command, flag);
        if (!option) yield `${command.name()} has no ${flag}`;
        else if (option.argChoices) for (const value of values.filter((word) => word)) yield* faultsOfValue(option, value);
      }
    }
  }
}

/** The schema under a dotted key, through defaults, unions, lists and records. */
function* schemasAt(schema: z.ZodType, keys: readonly string[]): Generator<z.ZodType> {
  const {
    innerType,
    in: left,
    out,
    element,
    valueType,
    shape,
    items,
    options,
    getter,
  } = schema.def as unknown as {
    readonly [side in 'innerType' | 'in' | 'out' | 'element' | 'valueType']?: z.ZodType;
  } & { readonly shape?: Readonly<Record<string, z.ZodType>>; readonly items?: z.ZodType[]; readonly options?: z.ZodType[] } & {
    readonly getter?: () => z.ZodType;
  };
  if (keys.length === 0) yield schema;
  for (const same of [innerType, left, out, getter?.(), ...(options ?? [])]) if (same) yield* schemasAt(same, keys);
  const [key = '', ...rest] = keys;
  if (keys.length === 0) return;
  for (const inside of [shape?.[key], valueType]) if (inside) yield* schemasAt(inside, rest);
  for (const item of [element, ...(items ?? [])]) if (item) yield* schemasAt(item, keys);
}

const isKey = (schema: z.ZodType, keys: readonly string[]): boolean => [...schemasAt(schema, keys)].length > 0;
const optionNames = new Set(strategies.flatMap(({ options }) => Object.keys(options.shape)));

/** A key that `--set` takes: of the manifest, or an option of a strategy. */
function* faultsOfKey(key: string, statement?: SourceText['statement']): Generator<string> {
  const [section = '', ...rest] = key.split('.');
  if (key.includes('…') || optionNames.has(section === 'options' ? (rest[0] ?? '') : key)) return;
  const sayers = section === 'data' && statement ? dataSources.filter(({ reached }) => reached.has(statement)) : [];
  for (const { source } of sayers) if (!isKey(source.schema, rest)) yield `source ${source.name} has no key ${key}`;
  if (sayers.length === 0 && !isKey(manifestSchema, [section, ...rest])) yield `no key ${key} in a manifest`;
}

const api = new Set([
  ...sources.namesOf('src/index.ts'),
  ...sources.namesOf('src/extend.ts'),
  ...[...metricNames, ...stabilityNames],
  ...['oneDNN'], // a library of others that is written so
  ...['maxBytes'], // behind a #, in addresses of weights
]);

/** Names with a capital inside, which only options, keys, metrics and the library's exports have. What goes over several lines is code. */
function* faultsOfNames(text: string): Generator<string> {
  if (text.includes('\n')) return;
  for (const [name] of text.matchAll(/(?<![\w.$-])[a-z]{2,}[A-Z]\w*/g)) {
    if (!optionNames.has(name) && !api.has(name)) yield `nothing is called ${name}`;
  }
}

function* faultsOfPlaces(text: string): Generator<string> {
  for (const [path] of text.matchAll(/\b(?:docs|streams|test)\/[\w./-]*\w/g))
    if (!existsSync(join(root, path))) yield `there is no ${path}`;
  for (const [, script = ''] of text.matchAll(/\bnpm run ([\w:-]+)/g)) if (!(script in packageFile.scripts)) yield `no script ${script}`;
  for (const [, name = ''] of text.matchAll(/\buse features ([\w-]+)/g)) if (!(name in extractors)) yield `no features ${name}`;
}

function* faultsOf(found: SourceText): Generator<string> {
  const { text, statement } = found;
  const line = /`?\blifelong (?!…)(?:(?<=`lifelong )([^`]*)`|([^`;,)]*))/g;
  for (const [, quoted, plain] of text.matchAll(line)) yield* faultsOfCommandLine(quoted ?? plain ?? '');
  yield* faultsOfFlags({ ...found, text: text.replace(line, '') });
  for (const [key] of text.matchAll(/(?<![\w./…])(?:data|datasets|limits|input|tasks)\.[a-zA-Z][\w.]*\w/g))
    yield* faultsOfKey(key, statement);
  for (const [, told, given = told ?? ''] of text.matchAll(/(?<!data |--)\bset ([a-z]\w*)(?= to |[,;)]|$)|--set ([a-z]\w*)=/g))
    yield* faultsOfKey(given);
  yield* faultsOfNames(text);
  yield* faultsOfPlaces(text);
}

describe('what the product says to do can be done', () => {
  it('finds the texts, with who says them', () => {
    const saying = (part: string) => {
      const found = sources.texts.find(({ text }) => text.includes(part));
      return commands.filter(({ reached }) => found && reached.has(found.statement)).map(({ command }) => command.name());
    };
    expect(sources.texts.length).toBeGreaterThan(1000);
    expect(saying('an image of at most')).toEqual(expect.arrayContaining(['run', 'predict', 'check']));
    expect(saying('PNG: a system font expected')).toEqual(['report']);
  });

  it.each([
    ['see `lifelong rnu x`', 'no command "rnu"'],
    ['see `lifelong verify`', 'verify wants 1 arguments, "verify" has 0'],
    ['go on with: lifelong resume … --force', 'resume has no --force'],
    ['say it: predict --tsak ID', 'predict has no --tsak'],
    ['or setup --from wheels', '--from <way> takes no wheels'],
    ['set limits.trian to 5', 'no key limits.trian in a manifest'],
    ['try --set epoch=3 with run', 'no key epoch in a manifest'],
    ['with a smaller learnRate', 'nothing is called learnRate'],
    ['read docs/nothing.md first', 'there is no docs/nothing.md'],
    ['npm run sutep', 'no script sutep'],
  ])('"%s" is found wanting', (text, fault) => {
    const [{ statement } = expect.fail('no text')] = sources.texts;
    expect([...faultsOf({ text, statement, place: '' })]).toContain(fault);
  });

  it('every command, flag, option, key, page and script that a text names exists, for every command that can say it', () => {
    const faults = sources.texts.flatMap((found) => [...faultsOf(found)].map((fault) => `${found.place}: ${fault} ("${found.text}")`));
    expect(faults).toEqual([]);
  });
});
