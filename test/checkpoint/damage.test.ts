import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyMark } from '../../src/checkpoint/event-log.js';
import { formatRunFile } from '../../src/checkpoint/run-file.js';
import { createRun, openRunStore, readRun, readSnapshot, verifyRun } from '../../src/checkpoint/store.js';
import { checkpointSaved, epochEnded, expert, initialRecord, readFiles, recordAfter, snapshotAfter, taskRecord } from './run-fixture.js';
import { temporaryFolder } from './temporary-folder.js';

/** A run of two tasks, ended in order, with a backup and kept states. */
async function finishedRun(): Promise<string> {
  const path = await temporaryFolder();
  const store = await createRun(path, initialRecord);
  for (const tasks of [1, 2]) {
    await store.append(epochEnded(tasks - 1, 1));
    await store.save(recordAfter(tasks), snapshotAfter(tasks));
    await store.append(checkpointSaved(tasks - 1));
  }
  await store.append({ type: 'run-finished', tasks: 2, seconds: 3 });
  await store.save({ status: 'complete', seconds: 3 });
  await store.close();
  expect(await verifyRun(path)).toEqual([]);
  return path;
}

describe('verifyRun', () => {
  it('finds any single byte that changed, in any file, and names the file', async () => {
    const path = await finishedRun();
    const files = [...(await readFiles(path))];
    expect(files.map(([name]) => name.replace(/-[0-9a-f]{8}/, ''))).toEqual([
      'events.ndjson',
      'experts/e0.safetensors',
      'generations/00001.json',
      'generations/00002.json',
      'heads/0.safetensors',
      'heads/1.safetensors',
      'run.json',
      'run.json.bak',
    ]);
    const place = fc
      .constantFrom(...files)
      .chain(([name, content]) =>
        fc.tuple(fc.constant(name), fc.constant(content), fc.nat(content.length - 1), fc.integer({ min: 1, max: 255 })),
      );
    const flip = async ([name, content, at, bits]: [string, Buffer, number, number]) => {
      const changed = Buffer.from(content);
      changed.writeUInt8(changed.readUInt8(at) ^ bits, at);
      await writeFile(join(path, name), changed);
      const problems = await verifyRun(path);
      await writeFile(join(path, name), content);
      expect(problems.map(({ file }) => file)).toContain(name);
    };
    await fc.assert(fc.asyncProperty(place, flip), { numRuns: 250 });
    for (const [name, content] of files) await flip([name, content, content.length - 1, 1]);
    for (const [name, content] of files) await flip([name, content, content.length - 1, 0x0a ^ 0x7d]);
  });

  it('finds a byte that changed in lines behind the last save, also in the last newline', async () => {
    const path = await finishedRun();
    const store = await openRunStore(path);
    await store.save({ status: 'running' });
    await store.append(epochEnded(2, 1));
    await store.close();
    const file = join(path, 'events.ndjson');
    const log = await readFile(file);
    for (let at = log.length - 60; at < log.length; at++) {
      for (const bits of [1, 8, 128]) {
        const changed = Buffer.from(log);
        changed.writeUInt8(changed.readUInt8(at) ^ bits, at);
        await writeFile(file, changed);
        expect(await verifyRun(path), `byte ${at}`).toEqual([{ file: 'events.ndjson', problem: 'line 6 is damaged' }]);
      }
    }
  });

  it.each([
    ['nothing', () => 0],
    ['half', (size: number) => Math.floor(size / 2)],
    ['all but one byte', (size: number) => size - 1],
  ])('names a file of which %s is left, with its sizes where they are known, and rewrites nothing', async (_, left) => {
    const path = await finishedRun();
    for (const [name, content] of await readFiles(path)) {
      await truncate(join(path, name), left(content.length));
      const before = await readFiles(path);
      const problems = await verifyRun(path);
      expect(await readFiles(path)).toEqual(before);
      expect(problems.map(({ file }) => file)).toEqual([name]);
      if (name.endsWith('.safetensors'))
        expect(problems[0]?.problem).toBe(`${content.length} bytes expected, ${left(content.length)} found`);
      await writeFile(join(path, name), content);
    }
  });

  it('names a missing file, except a backup that was never written', async () => {
    const path = await finishedRun();
    for (const [name, content] of await readFiles(path)) {
      await rm(join(path, name));
      const named = (await verifyRun(path)).map(({ file }) => file);
      expect(named).toEqual(['run.json.bak'].includes(name) || name.startsWith('generations/') ? [] : [name]);
      await writeFile(join(path, name), content);
    }
  });

  it('finds references that lead nowhere', async () => {
    const path = await finishedRun();
    const store = await openRunStore(path);
    await store.save({ tasks: [taskRecord(0, 'e9'), { ...taskRecord(1), index: 5 }], experts: [expert('e0')] });
    await store.close();
    expect(await verifyRun(path)).toEqual([
      { file: 'run.json', problem: 'task t0: an expert of e0 expected, found e9' },
      { file: 'run.json', problem: 'task t1: index 1 expected, found 5' },
    ]);
  });

  it('takes a torn last line for what it is while the run is not ended', async () => {
    const path = await finishedRun();
    await writeFile(join(path, 'events.ndjson'), `${await readFile(join(path, 'events.ndjson'), 'utf8')}{"time":"20`);
    expect(await verifyRun(path)).toEqual([{ file: 'events.ndjson', problem: 'line 6: a complete line expected, found a part of one' }]);
    const store = await openRunStore(path);
    await store.save({ status: 'running' });
    await store.close();
    await writeFile(join(path, 'events.ndjson'), `${await readFile(join(path, 'events.ndjson'), 'utf8')}{"time":"20`);
    expect(await verifyRun(path)).toEqual([]);
  });
});

describe('a damaged weight file', () => {
  it('is named with what was expected and found; nothing is changed', async () => {
    const path = await finishedRun();
    const { path: name = '', bytes = 0 } = (await readRun(path)).files['experts/e0'] ?? {};
    const file = join(path, name);
    await truncate(file, bytes - 4);
    const message = `${file}: ${bytes} bytes expected, ${bytes - 4} found`;
    await expect(readSnapshot(path)).rejects.toMatchObject({ code: 'run-corrupt', message });
    const store = await openRunStore(path);
    await expect(store.load()).rejects.toMatchObject({ code: 'run-corrupt', message });
    await store.close();
    await rm(file);
    await expect(readSnapshot(path)).rejects.toThrow(`${file}: ${bytes} bytes expected, found no file`);
  });
});

describe('a damaged run.json', () => {
  const damages: [string, (content: Buffer) => Buffer | undefined, string][] = [
    ['empty', () => Buffer.alloc(0), 'a run expected, found an empty file'],
    ['half written', (content) => content.subarray(0, content.length / 2), 'a complete JSON text expected, found'],
    ['changed', (content) => Buffer.from(content.toString().replace('"seconds": 3', '"seconds": 4')), 'checksum '],
    ['missing', () => undefined, 'a run expected, found no file'],
  ];

  it.each(damages)('that is %s is passed over by readers, who say so and change nothing', async (_, damage, message) => {
    const path = await finishedRun();
    await put(path, damage(await readFile(join(path, 'run.json'))));
    const before = await readFiles(path);
    const notices: string[] = [];
    const record = await readRun(path, (line) => notices.push(line));
    expect(record).toMatchObject({ status: 'running', seconds: 0, tasks: [{ id: 't0' }, { id: 't1' }] });
    expect(notices).toHaveLength(1);
    expect(notices[0]).toContain(`${join(path, 'run.json')}: ${message}`);
    expect(notices[0]).toContain('from run.json.bak');
    expect(await readSnapshot(path)).toEqual(snapshotAfter(2));
    expect(await readFiles(path)).toEqual(before);
  });

  it.each(damages)('that is %s is set aside by a writer and the state before it used', async (_, damage) => {
    const path = await finishedRun();
    const backup = await readFile(join(path, 'run.json.bak'));
    const damaged = damage(await readFile(join(path, 'run.json')));
    await put(path, damaged);
    const notices: string[] = [];
    const store = await openRunStore(path, { notice: (line) => notices.push(line) });
    expect(await store.load()).toEqual(snapshotAfter(2));
    await store.close();
    expect(notices).toHaveLength(1);
    expect(await readFile(join(path, 'run.json'))).toEqual(backup);
    const aside = (await readFiles(path)).get('run.json.damaged-1');
    expect(aside).toEqual(damaged);
    if (aside) expect(notices[0]).toContain('run.json.damaged-1');
    expect(await verifyRun(path)).toEqual([]);
  });

  it('without a backup that can be read is an error, and both files stay as they are', async () => {
    const path = await finishedRun();
    await writeFile(join(path, 'run.json'), '');
    await writeFile(join(path, 'run.json.bak'), '{');
    const before = await readFiles(path);
    for (const attempt of [readRun, openRunStore]) {
      await expect(attempt(path)).rejects.toMatchObject({
        code: 'run-corrupt',
        message: `${join(path, 'run.json')}: a run expected, found an empty file`,
      });
    }
    expect(await readFiles(path)).toEqual(before);
  });

  it.each(['../e0.safetensors', '/e0.safetensors', 'experts/../../e0.safetensors', 'experts\\e0.safetensors'])(
    'that leads out of the run, to %s, is refused',
    async (outside) => {
      const path = await temporaryFolder();
      const files = { 'experts/e0': { path: outside, sha256: '', bytes: 0 } };
      await writeFile(join(path, 'run.json'), formatRunFile({ ...initialRecord, files, events: emptyMark }));
      await expect(readRun(path)).rejects.toMatchObject({
        code: 'run-corrupt',
        message: `${join(path, 'run.json')}: paths inside the run expected, found ${outside}`,
      });
    },
  );
});

async function put(path: string, content: Buffer | undefined): Promise<void> {
  if (content) await writeFile(join(path, 'run.json'), content);
  else await rm(join(path, 'run.json'));
}
