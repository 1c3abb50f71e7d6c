import { createHash } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { LifelongError } from '../core/errors.js';
import { runRecordSchema } from '../core/run-record.js';
import { decodeJson, encodeJson } from './json-codec.js';
import { migrate, versionOf } from './migrations.js';

/** How much of events.ndjson belongs to a saved state: its first `bytes` bytes, which are `lines` lines with this hash. */
const eventsMarkSchema = z.strictObject({ bytes: z.int().min(0), lines: z.int().min(0), sha256: z.string() });
export type EventsMark = z.infer<typeof eventsMarkSchema>;

/** run.json without its checksum: the run record and the mark in the event log. */
export const runFileSchema = runRecordSchema.extend({ events: eventsMarkSchema });
export type RunFile = z.infer<typeof runFileSchema>;

/** The content of a file that a group of arrays is kept in. */
export type WeightFile = RunFile['files'][string];

/** Members that a learned task adds items to, with the schema of an item, and the rest. Items do not change. */
const { tasks, accuracy, classIncremental, files, ...others } = runFileSchema.shape;
const itemSchemas = new Map<string, z.ZodType>([
  ['tasks', tasks.element],
  ['accuracy', accuracy.element],
  ['classIncremental', classIncremental.unwrap().element],
  ['files', files.valueType],
]);
/** Any JSON is a state, and encoding it finds what is none. */
const othersSchema = z.strictObject({
  ...others,
  state: z.custom<object>((value) => typeof value === 'object' && value !== null && !Array.isArray(value)),
});

/** The JSON text of items that were checked already. */
const itemTexts = new WeakMap<object, string>();

/**
 * The content of run.json: one member a line; the first is `checksum`, the sha256 of everything after its line. What earlier tasks added is
 * neither checked nor encoded again, so that a save takes no longer the more tasks there are.
 *
 * @throws LifelongError `storage` when the record does not match the schema, naming the member
 */
export function formatRunFile(file: RunFile): Uint8Array {
  const members = Object.entries(file).filter(([, value]) => value !== undefined);
  const rest = encodeJson(Object.fromEntries(members.filter(([key]) => !itemSchemas.has(key))), 'run') as Record<string, unknown>;
  check(othersSchema, rest);
  const lines = members.map(([key, value]) => {
    const schema = itemSchemas.get(key);
    return `  ${JSON.stringify(key)}: ${schema ? itemsText(value as Items, schema, key) : JSON.stringify(rest[key])}`;
  });
  const content = Buffer.from(`${lines.join(',\n')}\n}\n`);
  return Buffer.concat([Buffer.from(checksumLine(content)), content]);
}

type Items = readonly object[] | Readonly<Record<string, object>>;

function itemsText(items: Items, schema: z.ZodType, key: string): string {
  const text = (item: object, name: string | number) => itemTexts.get(item) ?? newItemText(item, schema, [key, name]);
  if (Array.isArray(items)) return `[${(items as object[]).map(text).join(',')}]`;
  return `{${Object.entries(items)
    .map(([name, item]: [string, object]) => `${JSON.stringify(name)}:${text(item, name)}`)
    .join(',')}}`;
}

function newItemText(item: object, schema: z.ZodType, at: readonly (string | number)[]): string {
  const content = encodeJson(item, `run.${at.join('.')}`);
  check(schema, content, at);
  const text = JSON.stringify(content);
  itemTexts.set(item, text);
  return text;
}

/** @param at where the content stands in the file */
function check(schema: z.ZodType, content: unknown, at?: readonly PropertyKey[]): void {
  const { error } = schema.safeParse(content);
  if (error)
    throw new LifelongError('storage', `cannot save the run: ${firstIssue(error, at)}`, 'the last saved state is intact', { cause: error });
}

/**
 * Reads the text of run.json: version, checksum, migrations, schema, in an order that a newer version is told from a damaged file.
 *
 * @param where what to call the file in errors
 * @throws LifelongError `run-version` or `run-corrupt`
 */
export function parseRunFile(bytes: Uint8Array, where: string): RunFile {
  if (bytes.length === 0) throw corrupt(where, 'a run expected, found an empty file');
  const content = parseObject(bytes, where);
  versionOf(content, where);
  const firstLines = bytes.indexOf(0x0a, bytes.indexOf(0x0a) + 1) + 1;
  const rest = bytes.subarray(firstLines);
  if (Buffer.from(bytes.subarray(0, firstLines)).toString('latin1') !== checksumLine(rest)) {
    throw corrupt(where, `checksum ${sha256(rest).slice(0, 8)}… expected, found ${String(content['checksum']).slice(0, 8)}…`);
  }
  const migrated = migrate(content, where);
  delete migrated['checksum'];
  const { data, error } = runFileSchema.safeParse(migrated);
  if (error) throw corrupt(where, firstIssue(error));
  for (const { path } of Object.values(data.files)) {
    if (isAbsolute(path) || path.includes('\\') || path.split('/').includes('..'))
      throw corrupt(where, `paths inside the run expected, found ${path}`);
  }
  return decodeJson(data) as RunFile;
}

/** Hexadecimal sha256. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function checksumLine(rest: string | Uint8Array): string {
  return `{\n  "checksum": "${sha256(rest)}",\n`;
}

function parseObject(bytes: Uint8Array, where: string): Record<string, unknown> {
  try {
    const content: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    if (typeof content === 'object' && content !== null && !Array.isArray(content)) return content as Record<string, unknown>;
  } catch (cause) {
    throw corrupt(where, `a complete JSON text expected, found ${bytes.length} bytes that are none`, cause);
  }
  throw corrupt(where, 'a JSON object expected, found something else');
}

function firstIssue({ issues: [issue] }: z.ZodError, at: readonly PropertyKey[] = []): string {
  return issue ? `${[...at, ...issue.path].join('.')}: ${issue.message}` : 'it does not match the schema';
}

function corrupt(where: string, what: string, cause?: unknown): LifelongError {
  return new LifelongError('run-corrupt', `${where}: ${what}`, 'the file is damaged; `lifelong verify` lists what else is', { cause });
}
