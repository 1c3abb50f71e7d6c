import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  copyRun,
  createRun,
  listGenerations,
  openRunStore,
  readEvents,
  readRun,
  readSnapshot,
  verifyRun,
} from '../../src/checkpoint/store.js';
import type { Snapshot } from '../../src/core/snapshot.js';
import { checkpointSaved, epochEnded, floats, initialRecord, readFiles, recordAfter, snapshotAfter } from './run-fixture.js';
import { temporaryFolder } from './temporary-folder.js';

/** As {@link snapshotAfter}, with an expert that every task changes. */
function changingSnapshot(tasks: number): Snapshot {
  const { state, arrays } = snapshotAfter(tasks);
  return { state, arrays: { ...arrays, 'experts/e1': { kernel: floats(50, tasks) } } };
}

async function runOfTasks(tasks: number, keep?: number): Promise<string> {
  const path = join(await temporaryFolder(), 'run');
  const store = await createRun(path, initialRecord, keep === undefined ? {} : { keep });
  for (let learned = 1; learned <= tasks; learned++) {
    await store.append(epochEnded(learned - 1, 1));
    await store.save(
      {},
      { state: { epoch: 1 }, arrays: { ...changingSnapshot(learned - 1).arrays, 'progress/train': { x: floats(30, learned) } } },
    );
    await store.append(epochEnded(learned - 1, 2));
    await store.save(recordAfter(learned), changingSnapshot(learned));
    await store.append(checkpointSaved(learned - 1));
  }
  await store.save({ status: 'complete' });
  await store.close();
  return path;
}

describe('kept generations', () => {
  it.each([0, 1, 2, 4])('are those after the latest %i tasks, and their weights; what they share is there once', async (keep) => {
    const path = await runOfTasks(6, keep);
    expect(await listGenerations(path)).toEqual([1, 2, 3, 4, 5, 6].slice(6 - keep));
    const names = [...(await readFiles(path)).keys()];
    expect(names.filter((name) => name.startsWith('experts/e1'))).toHaveLength(Math.max(keep, 1));
    expect(names.filter((name) => name.startsWith('experts/e0'))).toHaveLength(1);
    expect(names.filter((name) => name.startsWith('progress/'))).toEqual([]);
    expect(await verifyRun(path)).toEqual([]);
  });

  it('are pruned by a writer who keeps fewer', async () => {
    const path = await runOfTasks(4, 4);
    const store = await openRunStore(path, { keep: 1 });
    await store.save(recordAfter(5), changingSnapshot(5));
    await store.close();
    expect(await listGenerations(path)).toEqual([5]);
    expect(await verifyRun(path)).toEqual([]);
  });
});

describe('copyRun', () => {
  it('gives the run as it was after a task, to go on with, and does not touch the run', async () => {
    const path = await runOfTasks(5, 3);
    const before = await readFiles(path);
    const copy = join(await temporaryFolder(), 'x/copy');
    await copyRun(path, copy, { tasks: 3 });
    expect(await readFiles(path)).toEqual(before);
    expect(await verifyRun(copy)).toEqual([]);
    expect(await readRun(copy)).toMatchObject({ status: 'interrupted', tasks: [{ id: 't0' }, { id: 't1' }, { id: 't2' }] });
    expect(await readSnapshot(copy)).toEqual(changingSnapshot(3));
    const epochs: string[] = [];
    for await (const event of readEvents(copy)) if (event.type === 'epoch-ended') epochs.push(`${event.task}.${event.epoch}`);
    expect(epochs).toEqual(['0.1', '0.2', '1.1', '1.2', '2.1', '2.2']);

    const store = await openRunStore(copy);
    await store.save(recordAfter(4), changingSnapshot(4));
    await store.close();
    expect(await verifyRun(copy)).toEqual([]);
  });

  it('gives the whole run without a number of tasks, into an empty folder too', async () => {
    const path = await runOfTasks(2);
    const copy = join(await temporaryFolder(), 'copy');
    await mkdir(copy);
    await copyRun(path, copy);
    expect(await readRun(copy)).toEqual(await readRun(path));
    expect(await readSnapshot(copy)).toEqual(await readSnapshot(path));
  });

  it('names the states that are kept when the wanted one is not, and refuses a folder that is in use', async () => {
    const path = await runOfTasks(4);
    const folder = await temporaryFolder();
    await expect(copyRun(path, join(folder, 'copy'), { tasks: 1 })).rejects.toMatchObject({
      code: 'usage',
      message: `${path}: the state after 1 of its 4 tasks expected, kept are those after 3, 4`,
    });
    await writeFile(join(folder, 'notes.txt'), '');
    await expect(copyRun(path, folder)).rejects.toMatchObject({ code: 'run-exists' });
    expect([...(await readFiles(folder)).keys()]).toEqual(['notes.txt']);
  });
});
