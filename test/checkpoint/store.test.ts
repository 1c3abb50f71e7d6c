import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRun, openRunStore, readRun, readSnapshot, verifyRun } from '../../src/checkpoint/store.js';
import { parseSafetensors } from '../../src/data/formats/safetensors.js';
import { epochEnded, floats, initialRecord, readFiles, recordAfter, snapshotAfter, taskRecord } from './run-fixture.js';
import { temporaryFolder } from './temporary-folder.js';

const weightNames = async (path: string) => [...(await readFiles(path)).keys()].filter((name) => name.endsWith('.safetensors'));

describe('a run store', () => {
  it('gives back what was saved', async () => {
    const path = join(await temporaryFolder(), 'a/b/run');
    const store = await createRun(path, initialRecord);
    await store.append(epochEnded(0, 1));
    await store.save(recordAfter(2), snapshotAfter(2));
    await store.close();

    const again = await openRunStore(path);
    expect(await again.load()).toEqual(snapshotAfter(2));
    expect(again.record).toEqual({ ...initialRecord, ...recordAfter(2), state: snapshotAfter(2).state, files: again.record.files });
    expect(Object.keys(again.record.files)).toEqual(['experts/e0', 'heads/0', 'heads/1']);
    await again.close();
    expect(await verifyRun(path)).toEqual([]);
  });

  it('keeps NaN and infinities of a state, and exact numbers', async () => {
    const path = await temporaryFolder();
    const store = await createRun(path, initialRecord);
    const state = { loss: NaN, best: Infinity, worst: -Infinity, tenth: 0.1 + 0.2, text: 'é\n"', list: [1, null, true] };
    await store.save({}, { state, arrays: { 'experts/e0': { x: { shape: [3], data: Float32Array.of(NaN, -0, 1e-45) } } } });
    await store.close();
    const snapshot = await readSnapshot(path);
    expect(snapshot.state).toEqual(state);
    expect(snapshot.arrays['experts/e0']?.['x']?.data).toEqual(Float32Array.of(NaN, -0, 1e-45));
  });

  it('does not write a group again whose content is the same, whatever the order of its arrays', async () => {
    const path = await temporaryFolder();
    const store = await createRun(path, initialRecord);
    const { state, arrays } = snapshotAfter(1);
    await store.save({}, { state, arrays });
    const file = join(path, store.record.files['experts/e0']?.path ?? '');
    const { ino, mtimeNs } = await stat(file, { bigint: true });
    const reversed = Object.fromEntries(Object.entries(arrays['experts/e0'] ?? {}).reverse());
    await store.save({ seconds: 1 }, { state, arrays: { ...arrays, 'experts/e0': reversed } });
    expect(await stat(file, { bigint: true })).toMatchObject({ ino, mtimeNs });
    await store.close();
  });

  it('keeps the state before in run.json.bak, a file of its own, after a crash between the two too', async () => {
    const path = await temporaryFolder();
    await (await createRun(path, initialRecord)).close();
    for (const name of ['run.json.bak', 'run.json.bak.new']) await link(join(path, 'run.json'), join(path, name));
    const store = await openRunStore(path);
    for (const seconds of [1, 2]) {
      const before = await readFile(join(path, 'run.json'));
      await store.save({ seconds });
      expect(await readFile(join(path, 'run.json.bak'))).toEqual(before);
      expect((await readRun(path)).seconds).toBe(seconds);
      expect([...(await readFiles(path)).keys()]).toEqual(['events.ndjson', 'run.json', 'run.json.bak']);
      expect((await stat(join(path, 'run.json'))).nlink).toBe(1);
    }
    await store.close();
  });

  it('keeps the state before also where its file is gone meanwhile', async () => {
    const path = await temporaryFolder();
    const store = await createRun(path, initialRecord);
    const before = await readFile(join(path, 'run.json'));
    await rm(join(path, 'run.json'));
    await store.save({ seconds: 1 });
    await store.close();
    expect(await readFile(join(path, 'run.json.bak'))).toEqual(before);
    expect((await readRun(path)).seconds).toBe(1);
  });

  it('removes weight files that a crash left, also in a folder that no state needs any more, and no copy that somebody made', async () => {
    const path = await temporaryFolder();
    const store = await createRun(path, initialRecord);
    const { state, arrays } = snapshotAfter(1);
    await store.save({}, { state, arrays: { ...arrays, 'progress/train': { slot: floats(3, 1) } } });
    const left = store.record.files['progress/train']?.path ?? '';
    const bytes = await readFile(join(path, left));
    await store.save({}, { state, arrays });
    await store.save({ status: 'complete' });
    await store.close();
    const before = await weightNames(path);
    expect(before).not.toContain(left);

    const copy = left.replace('progress/', 'mine/');
    await mkdir(join(path, 'mine'));
    for (const name of [left, `${left}.new`, copy]) await writeFile(join(path, name), bytes);
    await (await openRunStore(path)).close();
    expect(await weightNames(path)).toEqual([...before, copy].sort());
    expect(await verifyRun(path)).toEqual([]);
  });

  it('names a weight file by its group and content, so that any reader finds it', async () => {
    const path = await temporaryFolder();
    const store = await createRun(path, initialRecord);
    await store.save({}, snapshotAfter(1));
    await store.close();
    const { path: name, sha256, bytes } = (await readRun(path)).files['experts/e0'] ?? { path: '', sha256: '', bytes: 0 };
    expect(name).toBe(`experts/e0-${sha256.slice(0, 8)}.safetensors`);
    const content = await readFile(join(path, name));
    expect(content.length).toBe(bytes);
    expect(parseSafetensors(content, name)).toEqual({ arrays: snapshotAfter(1).arrays['experts/e0'], metadata: { group: 'experts/e0' } });
  });

  it('removes files that neither the state nor the one before needs', async () => {
    const path = await temporaryFolder();
    const store = await createRun(path, initialRecord);
    const progress = (epoch: number) => ({
      state: { epoch },
      arrays: { ...snapshotAfter(0).arrays, 'progress/train': { x: floats(4, epoch) } },
    });
    for (let epoch = 1; epoch <= 5; epoch++) await store.save({ seconds: epoch }, progress(epoch));
    expect(await weightNames(path)).toHaveLength(3);
    await store.save(recordAfter(1), snapshotAfter(1));
    await store.save({ status: 'complete' });
    expect((await weightNames(path)).sort()).toEqual(
      Object.values(store.record.files)
        .map((file) => file.path)
        .sort(),
    );
    await store.close();
    expect(await verifyRun(path)).toEqual([]);
  });

  it('works on after it was moved, and holds no absolute path', async () => {
    const folder = await temporaryFolder();
    const store = await createRun(join(folder, 'here'), initialRecord);
    await store.append(epochEnded(0, 1));
    await store.save(recordAfter(1), snapshotAfter(1));
    await store.close();
    for (const [name, content] of await readFiles(join(folder, 'here'))) expect(content.includes(folder), name).toBe(false);
    await rename(join(folder, 'here'), join(folder, 'there'));
    const moved = await openRunStore(join(folder, 'there'));
    expect(await moved.load()).toEqual(snapshotAfter(1));
    await moved.close();
  });

  it('carries out calls in order, also when nobody waits for them', async () => {
    const path = await temporaryFolder();
    const store = await createRun(path, initialRecord);
    await Promise.all([1, 2, 3, 4].map((epoch) => store.save({ seconds: epoch }, { state: { epoch }, arrays: {} })));
    expect(store.record).toMatchObject({ seconds: 4, state: { epoch: 4 } });
    await store.close();
    expect(await readRun(path)).toMatchObject({ seconds: 4, state: { epoch: 4 } });
  });

  it('refuses a record that cannot be read back, keeps the state, and can save again', async () => {
    const path = await temporaryFolder();
    const store = await createRun(path, initialRecord);
    await store.save(recordAfter(1), snapshotAfter(1));
    const before = await readFiles(path);
    await expect(store.save({ seconds: NaN })).rejects.toThrow('cannot save the run: seconds: number expected, found NaN');
    const tasks = [taskRecord(0), { ...taskRecord(1), seconds: NaN }];
    await expect(store.save({ tasks })).rejects.toThrow('cannot save the run: tasks.1.seconds: number expected, found NaN');
    await expect(store.save({ accuracy: [[2], [Infinity]] })).rejects.toThrow(
      'cannot save the run: accuracy.1.0: number expected, found Infinity',
    );
    const typed = { numbers: Float32Array.of(1) } as unknown as Record<string, never>;
    await expect(store.save({}, { state: typed, arrays: {} })).rejects.toThrow(
      'run.state.numbers: plain JSON data expected, found Float32Array',
    );
    await expect(store.save({}, { state: {}, arrays: { '../out': {} } })).rejects.toThrow(
      'a group name such as experts/e0 expected, found "../out"',
    );
    expect(await readFiles(path)).toEqual(before);
    expect(store.record.seconds).toBe(0);
    await store.save({ seconds: 2 });
    expect((await readRun(path)).seconds).toBe(2);
    await store.close();
  });
});

describe('readers', () => {
  it('find a whole run at any moment while it is written', async () => {
    const path = await temporaryFolder();
    const store = await createRun(path, initialRecord);
    await store.save({ seconds: 0 }, { state: { epoch: 0 }, arrays: {} });
    let done = false;
    const write = async () => {
      for (let epoch = 1; epoch <= 60; epoch++) {
        await store.append(epochEnded(0, epoch));
        await store.save({ seconds: epoch }, { state: { epoch }, arrays: { 'progress/train': { x: floats(2000, epoch) } } });
      }
      done = true;
    };
    const read = async () => {
      const seen = new Set<unknown>();
      while (!done) {
        const { state, arrays } = await readSnapshot(path);
        if (state['epoch'] !== 0) expect(arrays['progress/train']).toEqual({ x: floats(2000, Number(state['epoch'])) });
        expect(await verifyRun(path)).toEqual([]);
        seen.add((await readRun(path)).seconds);
      }
      return seen.size;
    };
    const [, seen] = await Promise.all([write(), read()]);
    expect(seen).toBeGreaterThan(5);
    await store.close();
  });
});

describe('createRun', () => {
  it('refuses a run that exists, and touches nothing', async () => {
    const path = await temporaryFolder();
    const store = await createRun(path, initialRecord);
    await store.save(recordAfter(1), snapshotAfter(1));
    await store.close();
    const before = await readFiles(path);
    await expect(createRun(path, initialRecord)).rejects.toMatchObject({
      code: 'run-exists',
      hint: expect.stringMatching(/resume.*--force/) as string,
    });
    expect(await readFiles(path)).toEqual(before);
  });

  it('with force puts a new run in the place of the old one, and leaves what is none of it', async () => {
    const path = await temporaryFolder();
    const old = await createRun(path, initialRecord);
    await old.append(epochEnded(0, 1));
    await old.save(recordAfter(1), snapshotAfter(1));
    await old.save(recordAfter(2), snapshotAfter(2));
    await old.close();
    await writeFile(join(path, 'notes.txt'), 'mine');
    const store = await createRun(path, { ...initialRecord, seed: 7 }, { force: true });
    await store.close();
    const files = await readFiles(path);
    expect([...files.keys()]).toEqual(['events.ndjson', 'notes.txt', 'run.json']);
    expect(files.get('events.ndjson')).toHaveLength(0);
    expect(await readRun(path)).toEqual({ ...initialRecord, seed: 7 });
    expect(await verifyRun(path)).toEqual([]);
  });

  it('refuses a folder with other files, also with force, and a path that is a file', async () => {
    const path = await temporaryFolder();
    await writeFile(join(path, 'thesis.tex'), 'years of work');
    for (const force of [false, true]) {
      await expect(createRun(path, initialRecord, { force })).rejects.toMatchObject({ code: 'usage' });
    }
    await expect(createRun(join(path, 'thesis.tex'), initialRecord)).rejects.toMatchObject({ code: 'usage' });
    expect([...(await readFiles(path)).keys()]).toEqual(['thesis.tex']);
  });

  it('takes an empty folder and one that a crash left before the first state', async () => {
    const path = await temporaryFolder();
    await mkdir(join(path, 'lock'));
    await writeFile(join(path, 'run.json.new'), '{ "ver');
    const store = await createRun(path, initialRecord);
    await store.close();
    expect(await verifyRun(path)).toEqual([]);
  });
});

describe('a folder that is no run', () => {
  it('is named, and nothing appears in it', async () => {
    const path = await temporaryFolder();
    for (const attempt of [readRun, openRunStore, verifyRun, readSnapshot]) {
      await expect(attempt(path)).rejects.toMatchObject({
        code: 'run-missing',
        message: `${path}: a run folder expected, found no run.json`,
      });
      await expect(attempt(join(path, 'nosuch'))).rejects.toMatchObject({ code: 'run-missing' });
    }
    expect((await readFiles(path)).size).toBe(0);
    await rm(path, { recursive: true });
  });
});
