import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRun, openRunStore, readEvents, readRun, readSnapshot, runOwner, verifyRun } from '../../src/checkpoint/store.js';
import { epochEnded, initialRecord, readFiles, recordAfter, snapshotAfter } from './run-fixture.js';
import { temporaryFolder } from './temporary-folder.js';

async function closedRun(): Promise<string> {
  const path = await temporaryFolder();
  const store = await createRun(path, initialRecord);
  await store.append(epochEnded(0, 1));
  await store.save(recordAfter(1), snapshotAfter(1));
  await store.close();
  return path;
}

const ownerFile = (path: string) => join(path, 'lock', 'owner.json');

async function putOwner(path: string, owner: { pid: number; host: string; start: string | null }, ageMs = 0): Promise<void> {
  await mkdir(join(path, 'lock'), { recursive: true });
  await writeFile(ownerFile(path), JSON.stringify({ ...owner, since: '2025-01-01T00:00:00.000Z', token: 'other' }));
  const touched = new Date(Date.now() - ageMs);
  await utimes(ownerFile(path), touched, touched);
}

async function endedProcess(): Promise<number> {
  const child = spawn(process.execPath, ['--version']);
  await once(child, 'exit');
  return child.pid ?? 0;
}

describe('the lock of a run', () => {
  it('refuses a second writer with process and host, and changes nothing', async () => {
    const path = await closedRun();
    const store = await openRunStore(path);
    const before = await readFiles(path);
    const refusal = {
      code: 'run-locked',
      message: expect.stringContaining(`found process ${process.pid} on ${hostname()} writing it since`) as string,
    };
    await expect(openRunStore(path)).rejects.toMatchObject(refusal);
    await expect(createRun(path, initialRecord, { force: true })).rejects.toMatchObject(refusal);
    expect(await readFiles(path)).toEqual(before);
    await store.save({ seconds: 5 });
    await store.close();
    await (await openRunStore(path)).close();
  });

  it('goes to exactly one of many who come at once', async () => {
    const path = await closedRun();
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => openRunStore(path)));
    const stores = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(stores).toHaveLength(1);
    await stores[0]?.close();
  });

  it('lets exactly one of many start a run in a folder, and nobody replace what the others started', async () => {
    const path = join(await temporaryFolder(), 'run');
    const start = async (seed: number) => {
      await (await createRun(path, { ...initialRecord, seed })).close();
      return seed;
    };
    const results = await Promise.allSettled([1, 2, 3, 4, 5].map(start));
    const seeds = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(seeds).toEqual([(await readRun(path)).seed]);
  });

  it('lets readers in while a run goes on', async () => {
    const path = await closedRun();
    const store = await openRunStore(path);
    expect((await readRun(path)).tasks).toHaveLength(1);
    expect(await readSnapshot(path)).toEqual(snapshotAfter(1));
    for await (const event of readEvents(path)) expect(event.type).toBe('epoch-ended');
    expect(await verifyRun(path)).toEqual([]);
    expect(await runOwner(path)).toMatchObject({ pid: process.pid, host: hostname() });
    await store.close();
    expect(await runOwner(path)).toBeUndefined();
  });

  it('is taken from a process that ended, from an earlier one with the same id, and from nobody else', async () => {
    const path = await closedRun();
    const start = (pid: number) => ({ pid, host: hostname(), start: 'another start' });
    for (const owner of [start(await endedProcess()), start(process.pid)]) {
      await putOwner(path, owner);
      await (await openRunStore(path)).close();
    }
    await putOwner(path, { pid: process.pid, host: hostname(), start: null }, 3_600_000);
    await expect(openRunStore(path)).rejects.toMatchObject({ code: 'run-locked' });
  });

  it('is taken from a process on another host only after two minutes of silence', async () => {
    const path = await closedRun();
    await putOwner(path, { pid: 1, host: 'elsewhere', start: null }, 60_000);
    await expect(openRunStore(path)).rejects.toThrow('found process 1 on elsewhere');
    await putOwner(path, { pid: 1, host: 'elsewhere', start: null }, 180_000);
    await (await openRunStore(path)).close();
  });

  it('is taken past a gate and an owner file that a crash left half made', async () => {
    const path = await closedRun();
    await mkdir(join(path, 'lock', 'gate'), { recursive: true });
    await writeFile(ownerFile(path), '{"pid":');
    await (await openRunStore(path)).close();
  });

  it('stops a writer who lost it, before anything is written, and who then leaves it to its owner', async () => {
    const path = await closedRun();
    const store = await openRunStore(path);
    await putOwner(path, { pid: process.ppid, host: hostname(), start: null });
    const before = await readFiles(path);
    await expect(store.save({ seconds: 9 }, snapshotAfter(2))).rejects.toMatchObject({ code: 'run-locked' });
    expect(await readFiles(path)).toEqual(before);
    await store.close();
    expect(await readFile(ownerFile(path), 'utf8')).toContain('other');
  });

  it('that somebody removed stops its writer, before anything is written', async () => {
    const path = await closedRun();
    const store = await openRunStore(path);
    await rm(join(path, 'lock'), { recursive: true });
    const before = await readFiles(path);
    const refusal = { code: 'run-locked', message: `${path}: its lock expected, found none` };
    await expect(store.save({ seconds: 9 })).rejects.toMatchObject(refusal);
    await store.close();
    await expect(store.save({ seconds: 9 })).rejects.toMatchObject(refusal);
    expect(await readFiles(path)).toEqual(before);
  });
});
