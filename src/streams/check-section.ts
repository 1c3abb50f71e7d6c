import type { z } from 'zod';
import { LifelongError } from '../core/errors.js';

/**
 * Checks a manifest, or a section of one, and fills in its defaults.
 *
 * @param locate where a key stands, such as file and line; `where` and the key by default
 * @throws LifelongError `config` with the first thing that is wrong
 */
export function checkSection<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  where: string,
  locate: (keys: readonly PropertyKey[]) => string = () => where,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { path, message } = furthest(result.error.issues);
  const key = path.map(String).join('.');
  throw new LifelongError('config', `${locate(path)}: ${key === '' || message.startsWith('unknown key') ? '' : `${key}: `}${message}`);
}

interface Found {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/**
 * The first issue, an unknown key before a missing one, which it may be meant to be; from inside a union, that of the branch that got furthest.
 */
function furthest(issues: readonly z.core.$ZodIssue[], base: readonly PropertyKey[] = []): Found {
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (!issue) return { path: base, message: 'not valid' };
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys') return { path: [...path, issue.keys[0] ?? ''], message: issue.message };
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined'))
    return { path, message: `missing, ${issue.expected} expected` };
  if (issue.code !== 'invalid_union') return { path, message: issue.message };
  return issue.errors
    .filter((branch) => branch.length > 0)
    .map((branch) => furthest(branch, path))
    .reduce<Found>((best, branch) => (branch.path.length > best.path.length ? branch : best), { path, message: issue.message });
}
