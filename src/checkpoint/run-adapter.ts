import { join } from 'node:path';
import type { Adapter } from 'lowdb';
import { makeFolders, writeDurable } from './durable-file.js';
import { generationPath, generationsName } from './generations.js';
import { backupName, runFileName } from './run-folder.js';
import { formatRunFile, parseRunFile, type RunFile } from './run-file.js';
import { storageError } from './storage-error.js';

/**
 * Where lowdb keeps the index of a run: run.json, checked, atomic and durable, with the state before it in run.json.bak. A state in which
 * one more task is learned is kept as a generation too. Only the holder of the run's lock may write.
 */
export class RunAdapter implements Adapter<RunFile> {
  readonly #root: string;
  #current: Uint8Array | undefined;
  #learned = 0;

  /** @param current what run.json holds; undefined for a run that begins */
  constructor(root: string, current?: Uint8Array) {
    this.#root = root;
    this.#current = current;
    if (current) this.#learned = parseRunFile(current, runFileName).tasks.length;
  }

  read(): Promise<RunFile | null> {
    return Promise.resolve(this.#current ? parseRunFile(this.#current, join(this.#root, runFileName)) : null);
  }

  /** @throws LifelongError `storage` when the state does not match the schema or cannot be written; run.json is as before then */
  async write(file: RunFile): Promise<void> {
    const next = Buffer.from(formatRunFile(file));
    if (file.tasks.length > this.#learned) await this.#put(generationPath(file.tasks.length), next, generationsName);
    if (this.#current) await this.#put(backupName, this.#current);
    await this.#put(runFileName, next);
    this.#current = next;
    this.#learned = file.tasks.length;
  }

  async #put(name: string, bytes: Uint8Array, folder = ''): Promise<void> {
    const path = join(this.#root, name);
    try {
      await makeFolders(this.#root, folder);
      await writeDurable(path, bytes);
    } catch (error) {
      throw storageError(error, 'cannot write', path);
    }
  }
}
