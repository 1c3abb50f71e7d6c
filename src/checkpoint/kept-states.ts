import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LifelongError } from '../core/errors.js';
import { generationPath, generationsName, listGenerations } from './generations.js';
import { backupName, readState, runFileName } from './run-folder.js';
import type { RunFile, WeightFile } from './run-file.js';
import { storageError } from './storage-error.js';
import { removeWeightFiles } from './weight-files.js';

/** The earlier states of a run that its writer keeps: run.json.bak and the states after the latest tasks. */
export interface KeptStates {
  /** Every weight file that one of them needs. */
  files(): WeightFile[];
  /** After a save: what was the state is the backup now, old generations go, and weight files that no state needs. */
  advance(before: RunFile, now: RunFile): Promise<void>;
}

/** Reads which files the earlier states need; a state that is damaged needs none. */
export async function readKeptStates(root: string, keep = 2): Promise<KeptStates> {
  if (!Number.isInteger(keep) || keep < 0) throw new LifelongError('usage', `keep: a number of tasks from 0 expected, found ${keep}`);
  let backup = await weightFilesOf(root, backupName);
  const generations = new Map<number, WeightFile[]>();
  for (const tasks of await listGenerations(root)) generations.set(tasks, await weightFilesOf(root, generationPath(tasks)));
  const files = () => [...backup, ...[...generations.values()].flat()];

  return {
    files,
    async advance(before, now) {
      const candidates = [...files(), ...Object.values(before.files)];
      backup = Object.values(before.files);
      if (now.tasks.length > before.tasks.length) generations.set(now.tasks.length, Object.values(now.files));
      for (const tasks of [...generations.keys()].sort((a, b) => b - a).slice(keep)) {
        await removeState(root, generationPath(tasks));
        generations.delete(tasks);
      }
      const needed = new Set([...files(), ...Object.values(now.files)].map(({ path }) => path));
      await removeWeightFiles(
        root,
        candidates.filter(({ path }) => !needed.has(path)),
      );
    },
  };
}

/** Every weight file that a state in the folder, the current one too, needs. */
export async function referencedWeightFiles(root: string): Promise<WeightFile[]> {
  return [...(await weightFilesOf(root, runFileName)), ...(await readKeptStates(root)).files()];
}

/** Removes every earlier state, and these weight files. */
export async function removeKeptStates(root: string, files: readonly WeightFile[]): Promise<void> {
  await removeState(root, backupName);
  await removeState(root, generationsName);
  await removeWeightFiles(root, files);
}

async function weightFilesOf(root: string, name: string): Promise<WeightFile[]> {
  try {
    return Object.values((await readState(root, name)).file.files);
  } catch (error) {
    if (error instanceof LifelongError && error.code !== 'storage') return [];
    throw error;
  }
}

async function removeState(root: string, name: string): Promise<void> {
  await rm(join(root, name), { recursive: true, force: true }).catch((error: unknown) => {
    throw storageError(error, 'cannot remove', join(root, name));
  });
}
