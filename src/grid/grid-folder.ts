import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../data/make-folder.js';
import { z } from 'zod';
import { writeDurable } from '../checkpoint/durable-file.js';
import { lockRun, runOwner } from '../checkpoint/lock.js';
import { errorCode, storageError } from '../checkpoint/storage-error.js';
import { LifelongError } from '../core/errors.js';

const failureSchema = z.strictObject({ reason: z.string(), attempts: z.int().min(1) });
export type RecordedFailure = z.infer<typeof failureSchema>;

/** `grid.json` in a grid's folder. */
const gridRecordSchema = z.strictObject({
  version: z.literal(1),
  /** Tells this folder from any other: workers know by it whether they see the same one. */
  id: z.string().regex(/^[0-9a-f-]{36}$/),
  /** Runs that were given up, by name. */
  failures: z.record(z.string(), failureSchema),
});
type GridRecord = z.infer<typeof gridRecordSchema>;

/** A grid's folder while one process has it for its own. */
export interface GridFolder {
  readonly path: string;
  readonly id: string;
  noteFailure(run: string, failure: RecordedFailure): Promise<void>;
  close(): Promise<void>;
}

const fileName = 'grid.json';

/**
 * Takes a grid's folder, which is made where there is none, for this process. Failures of earlier times are forgotten: those runs are tried again.
 *
 * @throws LifelongError `run-locked` naming the process that has it; `storage`
 */
export async function openGridFolder(path: string, file: string): Promise<GridFolder> {
  await makeFolder(path).catch((error: unknown) => Promise.reject(storageError(error, 'cannot make', path)));
  const lock = await lockRun(path).catch(async (error: unknown) => {
    if (!(error instanceof LifelongError) || error.code !== 'run-locked') throw error;
    const owner = await runOwner(path);
    const who = owner ? `process ${owner.pid} on ${owner.host}, since ${owner.since}` : 'another process';
    throw new LifelongError(
      'run-locked',
      `${path}: a grid that is not being run expected, found one that is, by ${who}`,
      `see how it stands: lifelong grid status ${file}`,
      { cause: error },
    );
  });
  let record: GridRecord = { version: 1, id: (await readGridRecord(path))?.id ?? randomUUID(), failures: {} };
  const write = async (next: GridRecord) => {
    record = next;
    const text = `${JSON.stringify(record, null, 2)}\n`;
    await writeDurable(join(path, fileName), text).catch((error: unknown) =>
      Promise.reject(storageError(error, 'cannot write', join(path, fileName))),
    );
  };
  await write(record);
  return {
    path,
    id: record.id,
    noteFailure: (run, failure) => write({ ...record, failures: { ...record.failures, [run]: failure } }),
    close: () => lock.release(),
  };
}

/** What a grid's folder says of itself; undefined where there is none. @throws LifelongError `run-corrupt` */
export async function readGridRecord(path: string): Promise<GridRecord | undefined> {
  const place = join(path, fileName);
  try {
    return gridRecordSchema.parse(JSON.parse(await readFile(place, 'utf8')));
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT' || errorCode(cause) === 'ENOTDIR') return undefined;
    throw new LifelongError('run-corrupt', `${place}: a grid's record expected, found something else`, `remove ${place}`, { cause });
  }
}
