import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { makeFolder } from '../../data/make-folder.js';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { storageError } from '../../checkpoint/storage-error.js';
import { LifelongError } from '../../core/errors.js';

/** Run folders kept on a Redis server, for machines that share no folder. */
export interface StoredFolders {
  /** Keeps a run folder as it is saved, in place of what was kept under the key. Files that are there already are not sent again. */
  save(key: string, folder: string): Promise<void>;
  /**
   * Makes a folder, in place of what is there, of what is kept under the key.
   *
   * @returns false where nothing is
   * @throws LifelongError `storage` when it cannot be written, `run-corrupt` when a file is not what was kept
   */
  fetch(key: string, folder: string): Promise<boolean>;
  drop(key: string): Promise<void>;
}

/** Bytes sent at once. */
const pieceBytes = 1 << 20;

const fileSchema = z.object({
  /** As seen from the folder, with forward slashes; never out of it. */
  path: z.string().regex(/^(?!\.\.?(\/|$))[^/\\]+(\/(?!\.\.?(\/|$))[^/\\]+)*$/),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
const indexSchema = z.array(fileSchema);
type Index = z.infer<typeof indexSchema>;

/** @param prefix of all keys */
export function storedFolders(client: Redis, prefix: string): StoredFolders {
  const indexKey = (key: string) => `${prefix}:folder:${key}`;
  const fileKey = (key: string, sha256: string) => `${prefix}:folder:${key}:${sha256}`;

  const readIndex = async (key: string): Promise<Index | undefined> => {
    const text = await client.get(indexKey(key));
    return text === null ? undefined : indexSchema.parse(JSON.parse(text));
  };

  /** In pieces under a name of its own, so that what is under the file's name is whole. */
  const send = async (key: string, sha256: string, bytes: Uint8Array) => {
    if (await client.exists(fileKey(key, sha256))) return;
    const unfinished = `${fileKey(key, sha256)}:unfinished`;
    await client.del(unfinished);
    for (let start = 0; start === 0 || start < bytes.length; start += pieceBytes)
      await client.rpush(unfinished, Buffer.from(bytes.subarray(start, start + pieceBytes)));
    await client.rename(unfinished, fileKey(key, sha256));
  };

  return {
    async save(key, folder) {
      const files = await readWhole(folder);
      if (!files) return; // it is being written faster than it is read: a later save will do
      for (const { sha256, bytes } of files) await send(key, sha256, bytes);
      const before = (await readIndex(key)) ?? [];
      await client.set(indexKey(key), JSON.stringify(files.map(({ path, sha256 }) => ({ path, sha256 }))));
      const kept = new Set(files.map(({ sha256 }) => sha256));
      const gone = before.filter(({ sha256 }) => !kept.has(sha256)).map(({ sha256 }) => fileKey(key, sha256));
      if (gone.length > 0) await client.unlink(...gone);
    },
    async fetch(key, folder) {
      const index = await readIndex(key);
      if (!index) return false;
      try {
        await makeFolder(dirname(folder));
        const staged = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`));
        try {
          for (const { path, sha256 } of index) {
            const pieces = await client.lrangeBuffer(fileKey(key, sha256), 0, -1);
            const bytes = Buffer.concat(pieces);
            if (hashOf(bytes) !== sha256) throw damaged(folder, path);
            await makeFolder(dirname(join(staged, path)));
            await writeFile(join(staged, path), bytes);
          }
          await rm(folder, { recursive: true, force: true });
          await rename(staged, folder);
        } finally {
          await rm(staged, { recursive: true, force: true });
        }
      } catch (error) {
        throw storageError(error, 'cannot write', folder);
      }
      return true;
    },
    async drop(key) {
      const index = (await readIndex(key)) ?? [];
      await client.unlink(indexKey(key), ...index.map(({ sha256 }) => fileKey(key, sha256)));
    },
  };
}

interface ReadFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: Uint8Array;
}

/** Every file of a run folder as of one moment, its lock apart; undefined where it was saved again each time while it was read. */
async function readWhole(folder: string): Promise<ReadFile[] | undefined> {
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      const state = await readFile(join(folder, 'run.json'));
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      const files: ReadFile[] = [];
      for (const entry of entries) {
        const path = join(entry.parentPath, entry.name)
          .slice(folder.length + 1)
          .split(sep)
          .join('/');
        if (!entry.isFile() || path.startsWith('lock/') || path.endsWith('.new')) continue;
        const bytes = await readFile(join(folder, path));
        files.push({ path, bytes, sha256: hashOf(bytes) });
      }
      if (state.equals(await readFile(join(folder, 'run.json')))) return files;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw storageError(error, 'cannot read', folder);
    }
  }
  return undefined;
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const damaged = (folder: string, path: string): LifelongError =>
  new LifelongError('run-corrupt', `${folder}: ${path} as it was sent expected, found another content on the Redis server`);
