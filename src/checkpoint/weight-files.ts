import { readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { LifelongError } from '../core/errors.js';
import type { NamedArray, Snapshot } from '../core/snapshot.js';
import { formatSafetensors, parseSafetensors } from '../data/formats/safetensors.js';
import { makeFolders, replaceFile, stagedSuffix, syncFolder } from './durable-file.js';
import { sha256, type WeightFile } from './run-file.js';
import { errorCode, storageError } from './storage-error.js';

export type WeightFiles = Readonly<Record<string, WeightFile>>;
type Arrays = Readonly<Record<string, NamedArray>>;

const ownName = new RegExp(`-[0-9a-f]{8}\\.safetensors(${stagedSuffix.replace('.', '\\.')})?$`);

/** Path of a group's file, relative to the run: `experts/e0` → `experts/e0-<first 8 of its sha256>.safetensors`. */
export function weightPath(group: string, hash: string): string {
  return `${group}-${hash.slice(0, 8)}.safetensors`;
}

/** Makes the groups of a snapshot durable; `known` are the files that the run has. */
export type WriteGroups = (
  snapshot: Pick<Snapshot, 'arrays' | 'revisions'>,
  known: readonly WeightFile[],
) => Promise<Record<string, WeightFile>>;

/**
 * Writes groups of arrays, each to a file named by its content; a group that one of the `known` files holds is not written again, and one whose
 * revision is that of the call before is not even looked at. Where that fails, the files that were written before are removed again.
 *
 * @throws LifelongError `storage`
 */
export function groupWriter(root: string): WriteGroups {
  let before: ReadonlyMap<string, Written> = new Map();
  return async ({ arrays, revisions = {} }, known) => {
    const there = new Map(known.map((file) => [file.path, file]));
    const isThere = (file: WeightFile) => there.get(file.path)?.sha256 === file.sha256;
    const written = new Map<string, Written>();
    const added: WeightFile[] = [];
    try {
      for (const [group, content] of Object.entries(arrays)) {
        const revision = revisions[group];
        const last = before.get(group);
        if (last && last.revision !== undefined && last.revision === revision && isThere(last.file)) {
          written.set(group, last);
          continue;
        }
        const { file, bytes } = formatGroup(group, content);
        if (!isThere(file)) {
          await writeGroup(root, file, bytes);
          added.push(file);
        }
        written.set(group, { revision, file });
      }
      for (const folder of new Set(added.map(({ path }) => dirname(path)))) await syncFolder(join(root, folder));
    } catch (error) {
      await removeWeightFiles(root, added).catch(() => undefined);
      throw storageError(error, 'cannot write', root);
    }
    before = written;
    return Object.fromEntries([...written].map(([group, { file }]) => [group, file]));
  };
}

/** A group's file, and the revision that the group had. */
interface Written {
  readonly revision: number | undefined;
  readonly file: WeightFile;
}

function formatGroup(group: string, given: Arrays): { file: WeightFile; bytes: Uint8Array } {
  if (!/^[\w-][\w.-]*(\/[\w-][\w.-]*)+$/.test(group) || /^(lock|generations)\//.test(group)) {
    throw new LifelongError('storage', `a group name such as experts/e0 expected, found "${group}"`);
  }
  const arrays = { ...given }; // read once: an array may be copied out of a network when it is asked for
  const bytes = formatSafetensors(arrays, { group });
  const hash = sha256(bytes);
  const numbers = Object.values(arrays).reduce((total, { data }) => total + data.length, 0);
  return { file: { path: weightPath(group, hash), sha256: hash, bytes: bytes.length, numbers }, bytes };
}

async function writeGroup(root: string, { path }: WeightFile, bytes: Uint8Array): Promise<void> {
  try {
    await makeFolders(root, dirname(path));
    await replaceFile(join(root, path), bytes);
  } catch (error) {
    throw storageError(error, 'cannot write', join(root, path));
  }
}

/**
 * Reads a group of arrays and checks size and checksum.
 *
 * @throws LifelongError `run-corrupt` naming the file, what was expected and what was found
 */
export async function readGroup(root: string, file: WeightFile): Promise<Record<string, NamedArray>> {
  const bytes = await readWeightBytes(root, file);
  const where = join(root, file.path);
  try {
    return parseSafetensors(bytes, where).arrays;
  } catch (error) {
    throw error instanceof LifelongError ? corrupt(error.message, error) : error;
  }
}

/** The bytes of a weight file, checked. @throws LifelongError `run-corrupt` */
export async function readWeightBytes(root: string, { path, sha256: expected, bytes: size }: WeightFile): Promise<Uint8Array> {
  const where = join(root, path);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(where);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw corrupt(`${where}: ${size} bytes expected, found no file`, error);
    throw storageError(error, 'cannot read', where);
  }
  if (bytes.length !== size) throw corrupt(`${where}: ${size} bytes expected, ${bytes.length} found`);
  const found = sha256(bytes);
  if (found !== expected) throw corrupt(`${where}: checksum ${expected.slice(0, 8)}… expected, found ${found.slice(0, 8)}…`);
  return bytes;
}

function corrupt(message: string, cause?: unknown): LifelongError {
  return new LifelongError('run-corrupt', message, 'bring the file back from a copy; nothing was changed', { cause });
}

/** Removes these weight files; one that is gone already is fine. */
export async function removeWeightFiles(root: string, files: Iterable<WeightFile>): Promise<void> {
  for (const { path } of files) {
    await rm(join(root, path), { force: true }).catch((error: unknown) => {
      throw storageError(error, 'cannot remove', join(root, path));
    });
  }
}

/**
 * Removes what crashes left: weight files, whole or half written, that no `kept` file is. In folders that no kept file lies in, those alone whose
 * content tells that they were written there: a copy that somebody made stays.
 */
export async function removeStrays(root: string, kept: readonly WeightFile[]): Promise<void> {
  const paths = new Set(kept.map(({ path }) => path));
  const folders = new Set(kept.map(({ path }) => dirname(path)));
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const { name, parentPath } of entries.filter((entry) => entry.isFile() && ownName.test(entry.name))) {
    const folder = relative(root, parentPath).split(sep).join('/');
    const path = `${folder}/${name}`;
    if (paths.has(path)) continue;
    if (folders.has(folder) || name.endsWith(stagedSuffix) || (await wasWrittenAs(path, root))) await rm(join(root, path), { force: true });
  }
}

/** Whether a file is a whole weight file with the name that its group and content give it. */
async function wasWrittenAs(path: string, root: string): Promise<boolean> {
  try {
    const bytes = await readFile(join(root, path));
    const { group = '' } = parseSafetensors(bytes, path).metadata;
    return weightPath(group, sha256(bytes)) === path;
  } catch {
    return false; // no file of ours, or not to be read: it stays
  }
}
