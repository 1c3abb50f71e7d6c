import { execFileSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createRun, openRunStore, readRun, readSnapshot, verifyRun } from '../../src/checkpoint/store.js';
import { needing } from '../support/needing.js';
import { epochEnded, floats, initialRecord, readFiles, recordAfter, snapshotAfter } from './run-fixture.js';
import { temporaryFolder } from './temporary-folder.js';

/** A file system of `kilobytes` of its own, or undefined where this process may not mount one. */
async function mountSmall(kilobytes: number): Promise<string | undefined> {
  const path = await temporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', path], { stdio: 'ignore' });
    return path;
  } catch {
    return undefined;
  }
}

const small = await mountSmall(256);
afterAll(() => {
  if (small) execFileSync('umount', [small]);
});

needing({ what: 'the right to mount a file system', there: small !== undefined }).describe('on a disk of its own', () => {
  const path = join(small ?? '', 'run');
  const large = { state: { large: true }, arrays: { ...snapshotAfter(1).arrays, 'progress/train': { x: floats(80_000, 1) } } };

  it('a full disk is one clear error; the last state is intact, space is given back, and saving works again', async () => {
    const store = await createRun(path, initialRecord);
    await store.append(epochEnded(0, 1));
    await store.save(recordAfter(1), snapshotAfter(1));
    const before = await readFiles(path);
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(store.save({ seconds: 9 }, large)).rejects.toMatchObject({
        code: 'storage',
        message: expect.stringMatching(
          /^cannot write .*progress\/train-.*: no space is left on the device \(ENOSPC\); the last saved state is intact$/,
        ) as string,
        hint: 'free some space, then resume',
      });
      expect(await readFiles(path)).toEqual(before);
      expect(store.record).toMatchObject({ seconds: 0, tasks: [{ id: 't0' }] });
    }
    await store.save({ seconds: 10 }, snapshotAfter(1));
    await store.close();
    expect(await verifyRun(path)).toEqual([]);
  });

  it('a disk that is full to the last byte keeps the state, whichever file does not fit', async () => {
    const ballast = join(small ?? '', 'ballast');
    for (let free = 0; free <= 40; free += 4) {
      await rm(path, { recursive: true, force: true });
      const store = await createRun(path, initialRecord);
      await store.append(epochEnded(0, 1));
      await store.save(recordAfter(1), snapshotAfter(1));
      await fill(ballast, free);
      const outcome = await store
        .append(epochEnded(1, 1))
        .then(() => store.save(recordAfter(2), snapshotAfter(2)))
        .then(
          () => 2,
          (error: unknown) => {
            expect(error).toMatchObject({ code: 'storage' });
            return 1;
          },
        );
      expect(await verifyRun(path)).toEqual([]);
      expect((await readRun(path)).tasks).toHaveLength(outcome);
      expect(await readSnapshot(path)).toEqual(snapshotAfter(outcome));
      await rm(ballast);
      await store.append(epochEnded(1, 2));
      await store.save(recordAfter(2), snapshotAfter(2));
      await store.close();
      expect(await verifyRun(path)).toEqual([]);
    }
  });

  it('a read-only file system is one clear error for a writer and no obstacle for readers', async () => {
    const before = await readFiles(path);
    const open = await openRunStore(path);
    execFileSync('mount', ['-o', 'remount,ro', small ?? '']);
    try {
      await expect(open.save({ seconds: 7 })).rejects.toMatchObject({
        code: 'storage',
        message: expect.stringContaining('read-only (EROFS)') as string,
      });
      await expect(openRunStore(path)).rejects.toMatchObject({ code: expect.stringMatching(/storage|run-locked/) as string });
      for (const fresh of ['new', 'new/and/deeper']) {
        await expect(createRun(join(small ?? '', fresh), initialRecord)).rejects.toMatchObject({
          code: 'storage',
          message: expect.stringContaining('read-only (EROFS)') as string,
        });
      }
      expect(await readSnapshot(path)).toEqual(snapshotAfter(2));
      expect(await verifyRun(path)).toEqual([]);
      expect(await readFiles(path)).toEqual(before);
    } finally {
      execFileSync('mount', ['-o', 'remount,rw', small ?? '']);
    }
    await open.close();
  });

  /** Leaves `free` kilobytes. */
  async function fill(file: string, free: number): Promise<void> {
    const available = Number(/(\d+)\s*$/.exec(execFileSync('df', ['--output=avail', '-k', small ?? ''], { encoding: 'utf8' }))?.[1]);
    await writeFile(file, Buffer.alloc(Math.max(0, available - free) * 1024, 1));
  }
});

describe('a run folder', () => {
  it('that was removed is one clear error, and does not come back as a part of itself', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'run');
    const store = await createRun(path, initialRecord);
    await store.save(recordAfter(1), snapshotAfter(1));
    await rm(path, { recursive: true });
    for (const attempt of [store.save({ seconds: 1 }), store.save({}, snapshotAfter(2))]) {
      await expect(attempt).rejects.toMatchObject({
        code: 'storage',
        message: expect.stringContaining(`cannot write ${path}: the folder is gone`) as string,
      });
    }
    await store.close();
    expect((await readFiles(folder)).size).toBe(0);
  });

  it('below a file is one clear error', async () => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    const refusal = { code: 'storage', message: expect.stringContaining('a part of the path is a file (ENOTDIR)') as string };
    await expect(createRun(join(file, 'run'), initialRecord)).rejects.toMatchObject(refusal);
  });

  it('in which a file has the name of a folder is one clear error, and the state stays', async () => {
    const path = await temporaryFolder();
    const store = await createRun(path, initialRecord);
    await writeFile(join(path, 'heads'), 'in the way');
    await expect(store.save(recordAfter(1), snapshotAfter(1))).rejects.toMatchObject({ code: 'storage' });
    await rm(join(path, 'heads'));
    await mkdir(join(path, 'heads'));
    await store.save(recordAfter(1), snapshotAfter(1));
    await store.close();
    expect(await verifyRun(path)).toEqual([]);
  });
});
