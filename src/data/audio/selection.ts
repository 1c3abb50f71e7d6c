import { z } from 'zod';
import { composed } from '../../core/composed.js';

const value = z.union([z.string(), z.int()]);

/** Which files, by what their names say: `{ speaker: george, take: 0-4 }`. All fields have to fit; a list is one of several, `0-4` whole numbers from 0 to 4. */
export const selectionSchema = z.record(z.string(), z.union([value, z.array(value).min(1)]), {
  error: 'fields of names and their values, such as { take: 0-4 }, expected',
});

export type Selection = z.infer<typeof selectionSchema>;

/** Names in which fields stand in braces, with the class under `{label}`. */
export const patternSchema = z
  .string()
  .regex(/\{label\}/, { error: 'a name with {label} in it expected, such as {label}_{speaker}_{take}.wav', abort: true })
  .refine((pattern) => !/\}\{/.test(pattern), 'something between two fields expected');

/** What the name of a file says under each field; undefined for a name that does not fit. */
export function fieldsOf(pattern: string, name: string): Readonly<Record<string, string>> | undefined {
  const parts = pattern.split(/\{(\w+)\}/);
  const expression = parts.map((part, i) => (i % 2 === 1 ? '([^/]+?)' : escaped(part))).join('');
  const found = new RegExp(`^${expression}$`).exec(name);
  if (!found) return undefined;
  return Object.fromEntries(parts.filter((_, i) => i % 2 === 1).map((field, i) => [field, found[i + 1] ?? '']));
}

/** Whether a file with these fields is chosen. */
export function selects(selection: Selection | undefined, fields: Readonly<Record<string, string>>): boolean {
  return Object.entries(selection ?? {}).every(([field, wanted]) => {
    const found = fields[field] ?? '';
    return (Array.isArray(wanted) ? wanted : [wanted]).some((one) => fits(String(one), found));
  });
}

function fits(wanted: string, found: string): boolean {
  const [, low, high] = /^(\d+)-(\d+)$/.exec(wanted) ?? [];
  if (low === undefined || high === undefined) return composed(wanted) === composed(found);
  return /^\d+$/.test(found) && Number(found) >= Number(low) && Number(found) <= Number(high);
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
