import { createHash } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { checkValue, type Fault } from '../core/check-value.js';
import { LifelongError } from '../core/errors.js';
import { refuseReservedKeysWithin } from '../core/reserved-keys.js';
import { runRecordSchema } from '../core/run-record.js';
import { shown } from '../core/shown.js';
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

const { tasks, accuracy, classIncremental, files, ...others } = runFileSchema.shape;
/** The lists that a learned task adds to, with the schema of an item. */
const itemSchemas = new Map<string, z.ZodType>([
  ['tasks', tasks.element],
  ['accuracy', accuracy.element],
  ['classIncremental', classIncremental.unwrap().element],
]);
/** Any JSON is a state, and encoding it finds what is none. */
const othersSchema = z.strictObject({
  ...others,
  state: z.custom<object>((value) => typeof value === 'object' && value !== null && !Array.isArray(value), 'object expected'),
});

/** Checked JSON text of a saved state, for the states that follow it in the same run. */
export interface SavedText {
  /** Items of the lists that a learned task adds to: those that were saved stay as they are, each at its place. */
  readonly items: ReadonlyMap<string, readonly string[]>;
  /** Entries of `files`, by group and sha256. */
  readonly files: ReadonlyMap<string, string>;
}

const nothingSaved: SavedText = { items: new Map(), files: new Map() };

/** The content of run.json. @throws as {@link encodeRunFile} */
export function formatRunFile(file: RunFile): Uint8Array {
  return encodeRunFile(file).bytes;
}

/**
 * The content of run.json: one member a line; the first is `checksum`, the sha256 of everything after its line. What an earlier state had is
 * neither checked nor encoded again, so that a save does not take longer the more tasks there are.
 *
 * @param saved what the state before came to; without it everything is checked
 * @throws LifelongError `storage` when the record does not match the schema, naming the member
 */
export function encodeRunFile(file: RunFile, saved: SavedText = nothingSaved): { bytes: Uint8Array; text: SavedText } {
  const { files: entries, ...members } = file;
  const plain = Object.entries(members).filter(([key]) => !itemSchemas.has(key));
  const rest = encodeJson(Object.fromEntries(plain), 'run') as Record<string, unknown>;
  check(othersSchema, rest);
  const text = { items: itemTexts(file, saved.items), files: fileTexts(entries, saved.files) };
  const textOf = (key: string): string => {
    const items = text.items.get(key);
    if (items) return `[${items.join(',')}]`;
    return key === 'files' ? `{${[...text.files.values()].join(',')}}` : JSON.stringify(rest[key]);
  };
  const lines = Object.entries(file).flatMap(([key, value]) => (value === undefined ? [] : [`  ${JSON.stringify(key)}: ${textOf(key)}`]));
  const content = Buffer.from(`${lines.join(',\n')}\n}\n`);
  return { bytes: Buffer.concat([Buffer.from(checksumLine(content)), content]), text };
}

function itemTexts(file: RunFile, saved: SavedText['items']): SavedText['items'] {
  const texts = new Map<string, readonly string[]>();
  for (const [key, schema] of itemSchemas) {
    const items = file[key as 'tasks' | 'accuracy' | 'classIncremental'];
    const known = saved.get(key) ?? [];
    if (items)
      texts.set(
        key,
        Array.from<object, string>(items, (item, i) => known[i] ?? checkedText(item, schema, [key, i])),
      );
  }
  return texts;
}

function fileTexts(entries: RunFile['files'], saved: ReadonlyMap<string, string>): Map<string, string> {
  return new Map(
    Object.entries(entries).map(([group, file]) => {
      const id = `${group} ${file.sha256}`;
      return [id, saved.get(id) ?? `${JSON.stringify(group)}:${checkedText(file, files.valueType, ['files', group])}`];
    }),
  );
}

function checkedText(item: object, schema: z.ZodType, at: readonly (string | number)[]): string {
  const content = encodeJson(item, `run.${at.join('.')}`);
  check(schema, content, at);
  return JSON.stringify(content);
}

/** @param at where the content stands in the file */
function check(schema: z.ZodType, content: unknown, at?: readonly PropertyKey[]): void {
  const { fault } = checkValue(schema, content, decodeJson);
  if (fault) throw new LifelongError('storage', `cannot save the run: ${lineOf(fault, at)}`, 'the last saved state is intact');
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
    const { checksum } = content;
    const found = typeof checksum === 'string' ? `${checksum.slice(0, 8)}…` : shown(checksum);
    throw corrupt(where, `checksum ${sha256(rest).slice(0, 8)}… expected, found ${found}`);
  }
  refuseReservedKeysWithin(content, where, 'run-corrupt');
  const migrated = migrate(content, where);
  delete migrated['checksum'];
  const { data, fault } = checkValue(runFileSchema, migrated, decodeJson);
  if (fault) throw corrupt(where, lineOf(fault));
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

function lineOf({ path, message }: Fault, at: readonly PropertyKey[] = []): string {
  return `${[...at, ...path].map(String).join('.')}: ${message}`;
}

function corrupt(where: string, what: string, cause?: unknown): LifelongError {
  return new LifelongError('run-corrupt', `${where}: ${what}`, 'the file is damaged; `lifelong verify RUN` lists what else is', { cause });
}
