import type { z } from 'zod';
import { shown } from './shown.js';

/** The first thing that is wrong with a value. */
export interface Fault {
  readonly path: readonly PropertyKey[];
  /** What was expected there, and what was found. */
  readonly message: string;
  /** The last key of the path, where it is one that the schema does not know. */
  readonly unknownKey?: string;
}

/**
 * Checks a value and fills in its defaults, or says in one line what is wrong with it.
 *
 * An unknown key comes before a missing one, which it may be meant to be. Where a union matches none of its branches, the fault is that of the
 * branch that got furthest; where none got further than the others, it says what all of them expect.
 *
 * @param written what to show for a value that was found, where that is another one
 */
export function checkValue<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  written: (found: unknown) => unknown = (found) => found,
): { readonly data: z.output<Schema>; readonly fault?: never } | { readonly data?: never; readonly fault: Fault } {
  const { data, error } = schema.safeParse(value, { error: expectation, reportInput: true });
  return error ? { fault: furthest(error.issues, [], written) } : { data };
}

/** The fault, and how far it is from the root: half a step more for an unknown key than for its object. */
function furthest(
  issues: readonly z.core.$ZodIssue[],
  base: readonly PropertyKey[],
  written: (found: unknown) => unknown,
): Fault & { readonly depth: number } {
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (!issue) return { path: base, depth: base.length, message: 'another value expected' };
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const [unknownKey = ''] = issue.keys;
    return { path: [...path, unknownKey], depth: path.length + 0.5, message: issue.message, unknownKey };
  }
  if (issue.code === 'invalid_union') {
    const branches = issue.errors.filter((branch) => branch.length > 0).map((branch) => furthest(branch, path, written));
    const [best, second] = branches.sort((a, b) => b.depth - a.depth);
    if (best && best.depth > Math.max(path.length, second?.depth ?? 0)) return best;
  }
  return { path, depth: path.length, message: withFound(issue.message, written(issue.input)) };
}

function withFound(message: string, value: unknown): string {
  if (message.includes(', found ')) return message;
  if (value === undefined) return `missing, ${message}`;
  return `${message}, found ${shown(value)}`;
}

/** What a schema without a message of its own says. */
function expectation(issue: z.core.$ZodRawIssue): string {
  return issue.code === 'unrecognized_keys' ? `unknown key "${issue.keys[0] ?? ''}"` : `${expected(issue)} expected`;
}

const kinds = new Map(Object.entries({ int: 'whole number', boolean: 'true or false', array: 'list', tuple: 'list', record: 'object' }));
const kindOf = (name: string): string => kinds.get(name) ?? name;

function expected(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return kindOf(issue.inst && 'format' in issue.inst && issue.inst.format === 'safeint' ? 'int' : issue.expected);
    case 'invalid_value':
      return either(issue.values.map(String));
    case 'invalid_union':
      return either(issue.errors.flatMap(([first]) => (first ? [branchOf(first)] : [])));
    case 'invalid_format':
      return issue.pattern === undefined ? issue.format : `string like ${issue.pattern}`;
    case 'too_small':
      return bounded(issue, issue.inclusive === false ? 'above' : 'from', issue.minimum);
    case 'too_big':
      return bounded(issue, issue.inclusive === false ? 'below' : 'up to', issue.maximum);
    default:
      return 'another value';
  }
}

function bounded({ origin, exact }: { origin: string; exact?: boolean }, relation: string, bound: number | bigint): string {
  return origin === 'number' ? `number ${relation} ${bound}` : `${kindOf(origin)} of length ${exact ? '' : `${relation} `}${bound}`;
}

/** What a branch of a union expects, without the word. */
function branchOf({ code, path, message, input }: z.core.$ZodIssue): string {
  if (code === 'unrecognized_keys' || path.length > 0) return Array.isArray(input) ? 'another list' : 'another object';
  return message.replace(/ expected\b/, '');
}

/** `a, b or c`, each once. */
function either(all: readonly string[]): string {
  const names = [...new Set(all)];
  return names.length < 2 ? (names[0] ?? 'another value') : `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`;
}
