import { resolve } from 'node:path';
import { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import { LifelongError } from '../core/errors.js';
import type { JsonValue } from '../core/json.js';
import { readText } from '../data/files.js';
import { checkSection } from './check-section.js';
import { manifestSchema, type Manifest } from './manifest.js';

/** Values that replace what the file says, by dotted key: `{ 'limits.train': 200 }`. */
export type ManifestOverrides = Readonly<Record<string, JsonValue>>;

/** The same values with the data paths in them, meant from the current folder, as absolute ones. */
export function settle(overrides: ManifestOverrides): Record<string, JsonValue> {
  return Object.fromEntries(Object.entries(overrides).map(([key, value]) => [key, isDataPath(key.split('.')) ? absolute(value) : value]));
}

/**
 * Reads a manifest file (YAML, of which JSON is a part), with overrides applied and defaults filled in.
 *
 * @throws LifelongError `data` when the file cannot be read, `config` with file, line, and for an unknown key the nearest one
 */
export async function readManifest(path: string, overrides: ManifestOverrides = {}): Promise<Manifest> {
  const text = await readText(path);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [syntaxError] = document.errors;
  if (syntaxError) {
    const { line } = lines.linePos(syntaxError.pos[0]);
    throw new LifelongError('config', `${path}:${line}: ${syntaxError.message.split('\n')[0]?.replace(/ at line \d+.*$/, '') ?? ''}`);
  }
  const value: unknown = document.toJS();
  if (value === null) throw new LifelongError('config', `${path}: a stream manifest expected, found nothing in the file`);
  for (const [key, replacement] of Object.entries(settle(overrides))) override(value, key, replacement);
  return checkSection(manifestSchema, value, 'stream manifest', (keys) => {
    const offset = offsetOf(document, keys);
    return offset === undefined ? `${path} (${keys.join('.')})` : `${path}:${lines.linePos(offset).line}`;
  });
}

function override(root: unknown, key: string, value: JsonValue): void {
  const keys = key.split('.');
  const last = keys.pop() ?? '';
  let at = root as Record<string, unknown>;
  for (const step of keys) {
    if (typeof at[step] !== 'object' || at[step] === null) at[step] = {};
    at = at[step] as Record<string, unknown>;
  }
  at[last] = value;
}

/** Paths given as overrides are meant from the current folder, not from the manifest's. */
const isDataPath = (keys: readonly string[]): boolean =>
  keys.join('.') === 'root' ||
  ((keys[0] === 'data' || keys[0] === 'datasets') &&
    !keys.includes('arrays') &&
    ['path', 'train', 'validation', 'test', 'names'].includes(keys.at(-1) ?? ''));

function absolute(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value.endsWith('%') ? value : resolve(value);
  return Array.isArray(value) ? (value as readonly JsonValue[]).map(absolute) : value;
}

/** Place of a key in the file; undefined when it is not written there. */
function offsetOf(document: Document, keys: readonly PropertyKey[]): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const key of keys) {
    const next: unknown = isMap(node)
      ? node.items.find((pair) => isPair(pair) && isScalar(pair.key) && pair.key.value === key)
      : isSeq(node)
        ? node.items[Number(key)]
        : undefined;
    if (next === undefined) return undefined;
    const place = (isPair(next) ? next.key : next) as Node | null;
    offset = place?.range?.[0] ?? offset;
    node = isPair(next) ? next.value : next;
  }
  return offset ?? document.contents?.range?.[0];
}
