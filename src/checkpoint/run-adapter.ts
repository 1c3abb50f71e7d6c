import { join } from 'node:path';
import type { Adapter } from 'lowdb';
import { keepAs, makeFolders, writeDurable } from './durable-file.js';
import { generationPath, generationsName } from './generations.js';
import { backupName, runFileName } from './run-folder.js';
import { encodeRunFile, parseRunFile, type RunFile, type SavedText } from './run-file.js';
import { storageError } from './storage-error.js';

/**
 * Where lowdb keeps the index of a run: run.json, checked, atomic and durable, with the state before it in run.json.bak. A state in which
 * one more task is learned is kept as a generation too. Only the holder of the run's lock may write.
 */
export class RunAdapter implements Adapter<RunFile> {
  readonly #root: string;
  #current: Uint8Array | undefined;
  /** Of the state last written; nothing for a run that was opened, whose first state is checked as a whole. */
  #saved: SavedText | undefined;
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
    const { bytes: next, text } = encodeRunFile(file, this.#saved);
    let name = generationPath(file.tasks.length);
    try {
      if (file.tasks.length > this.#learned) {
        await makeFolders(this.#root, generationsName);
        await writeDurable(join(this.#root, name), next);
      }
      name = backupName;
      if (this.#current) await keepAs(join(this.#root, runFileName), join(this.#root, name), this.#current);
      name = runFileName;
      await writeDurable(join(this.#root, name), next);
    } catch (error) {
      throw storageError(error, 'cannot write', join(this.#root, name));
    }
    this.#current = next;
    this.#saved = text;
    this.#learned = file.tasks.length;
  }
}
