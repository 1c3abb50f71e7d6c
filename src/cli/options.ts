import { InvalidArgumentError, Option } from 'commander';
import { LifelongError } from '../core/errors.js';
import type { JsonValue } from '../core/json.js';
import { shown } from '../core/shown.js';
import { parseYaml } from '../streams/parse-yaml.js';

/** A dotted key and what it is set to: `limits.train=200`, `epochs=3`. */
export type Assignment = readonly [key: string, value: JsonValue];

/** A whole option value as a number: `08` is 8, `1e3` is 1000; `abc`, `3x` and an empty text are errors. */
export function number(text: string): number {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw new InvalidArgumentError(`A number expected, found "${text}".`);
  return Number(text);
}

/** A parser of whole numbers, at least `min`. */
export function integer(min = -Infinity): (text: string) => number {
  return (text) => {
    const value = number(text);
    if (!Number.isSafeInteger(value)) throw new InvalidArgumentError(`A whole number expected, found "${text}".`);
    if (value < min) throw new InvalidArgumentError(`${min} or more expected, found "${text}".`);
    return value;
  };
}

/** `0,1,2` as whole numbers, each once. */
export function seeds(text: string): number[] {
  return [...new Set(text.split(',').map((part) => integer(0)(part.trim())))];
}

/** Collects `key=value` options; the value is YAML: a number, a text, `[[0,1],[2,3]]`. */
export function assignment(text: string, before: readonly Assignment[] = []): Assignment[] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError(`path=value expected, found ${shown(text)}.`);
  const key = text.slice(0, at).trim();
  try {
    return [...before, [key, parseYaml(text.slice(at + 1), key).value as JsonValue]];
  } catch (cause) {
    if (!(cause instanceof LifelongError)) throw cause;
    throw new InvalidArgumentError(`A value that YAML can read expected after "=", found ${shown(text)} (${cause.message}).`);
  }
}

/** The strategy options that have a flag of their own; each is short for `--set name=value`. */
export const shorthands = {
  epochs: new Option('--epochs <n>', 'epochs to train a new expert').argParser(integer(1)),
  batchSize: new Option('--batch-size <n>', 'examples in a training batch').argParser(integer(1)),
  learningRate: new Option('--learning-rate <x>', 'learning rate of SGD').argParser(number),
  patience: new Option('--patience <n>', 'epochs without progress before stopping early, at least 1; -1 never').argParser(integer(-1)),
  channels: new Option('--channels <n>', 'channels of an expert').argParser(integer(1)),
  cells: new Option('--cells <n>', 'cells of an expert').argParser(integer(1)),
  samples: new Option('--samples <n>', 'paths that an architecture search samples').argParser(integer(1)),
  regularizeThreshold: new Option('--regularize-threshold <x>', 'alpha: up to this divergence a task joins an expert').argParser(number),
  allocateThreshold: new Option('--allocate-threshold <x>', 'beta: above this divergence a task searches its own architecture').argParser(
    number,
  ),
  maxExperts: new Option('--max-experts <n>', 'experts at most; then a task joins the nearest one').argParser(integer(1)),
  maxParameters: new Option('--max-parameters <n>', 'parameters of experts and heads that no new expert may exceed').argParser(integer(1)),
} as const;

/** When accuracy is measured besides after each task. */
export const evalEvery = new Option(
  '--eval-every <n>',
  'measure accuracy during training too, after every n epochs of a task, on at most 500 test examples of it and of each earlier task that its training can change; 0: only after each task',
)
  .default(0)
  .argParser(integer(0));

/** How a run is saved. */
export const saving = {
  saveEvery: new Option(
    '--save-every <n>',
    'save within a task after so many epochs and samples (default: so that it costs little)',
  ).argParser(integer(1)),
  keep: new Option('--keep <n>', 'for how many of the latest tasks the state is kept, for resume --from-task (default: 2)').argParser(
    integer(0),
  ),
} as const;

export interface SavingFlags {
  readonly saveEvery?: number;
  readonly keep?: number;
}

/** The saving flags among parsed ones. */
export function savingFlags({ saveEvery, keep }: SavingFlags): SavingFlags {
  return { ...(saveEvery !== undefined && { saveEvery }), ...(keep !== undefined && { keep }) };
}

/** What the shorthands among parsed flags were set to. */
export function shorthandAssignments(flags: Readonly<Record<string, unknown>>): Assignment[] {
  return Object.keys(shorthands).flatMap((name) => {
    const value = flags[name];
    return typeof value === 'number' ? [[name, value] as const] : [];
  });
}
