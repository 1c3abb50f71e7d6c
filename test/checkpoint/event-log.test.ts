import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRun, openRunStore, readEvents, verifyRun, type TimedEvent } from '../../src/checkpoint/store.js';
import type { LearnEvent } from '../../src/core/events.js';
import { checkpointSaved, epochEnded, initialRecord, readFiles, recordAfter, snapshotAfter, taskRecord } from './run-fixture.js';
import { temporaryFolder } from './temporary-folder.js';

async function eventsOf(path: string): Promise<TimedEvent[]> {
  const events: TimedEvent[] = [];
  for await (const event of readEvents(path)) events.push(event);
  return events;
}

/** Task and epoch of every epoch in the log. */
async function epochsOf(path: string): Promise<string[]> {
  return (await eventsOf(path)).flatMap((event) => (event.type === 'epoch-ended' ? [`${event.task}.${event.epoch}`] : []));
}

async function runWith(events: readonly LearnEvent[]): Promise<string> {
  const path = await temporaryFolder();
  const store = await createRun(path, initialRecord);
  for (const event of events) await store.append(event);
  await store.save(recordAfter(1), snapshotAfter(1));
  await store.close();
  return path;
}

describe('events.ndjson', () => {
  it('gives back every event with its time, NaN included', async () => {
    const path = await runWith([epochEnded(0, 1), epochEnded(0, 2, NaN)]);
    const events = await eventsOf(path);
    expect(events).toEqual([epochEnded(0, 1), epochEnded(0, 2, NaN)].map((event, i) => ({ ...event, time: events[i]?.time })));
    for (const { time } of events) expect(new Date(time).toISOString()).toBe(time);
  });

  it('has plain lines whose check is the start of the sha256 of what is before it', async () => {
    const path = await runWith([checkpointSaved(3)]);
    const line = await readFile(join(path, 'events.ndjson'), 'utf8');
    expect(line).toMatch(/^\{"time":"[^"]+","type":"checkpoint-saved","task":3,"path":"\.","check":"[0-9a-f]{8}"\}\n$/);
  });

  it('is readable while a run goes on', async () => {
    const path = await temporaryFolder();
    const store = await createRun(path, initialRecord);
    await store.append(epochEnded(0, 1));
    expect(await epochsOf(path)).toEqual(['0.1']);
    await store.append(epochEnded(0, 2));
    expect(await epochsOf(path)).toEqual(['0.1', '0.2']);
    await store.close();
  });

  it('reads from any prefix', async () => {
    const path = await runWith([epochEnded(0, 1), checkpointSaved(0), epochEnded(0, 2), epochEnded(1, 1)]);
    const events = await eventsOf(path);
    const log = await readFile(join(path, 'events.ndjson'));
    const prefix = await temporaryFolder();
    const read = async (length: number) => {
      await writeFile(join(prefix, 'events.ndjson'), log.subarray(0, length));
      const found = await eventsOf(prefix);
      const complete = log.subarray(0, length).filter((byte) => byte === 0x0a).length;
      expect(found).toEqual(events.slice(0, found.length));
      expect(found.length - complete).toBeOneOf([0, 1]);
    };
    await fc.assert(fc.asyncProperty(fc.integer({ min: 0, max: log.length }), read), { numRuns: 200 });
  });

  it('names the line that is damaged', async () => {
    const path = await runWith([epochEnded(0, 1), epochEnded(0, 2), epochEnded(1, 1)]);
    const file = join(path, 'events.ndjson');
    await writeFile(file, (await readFile(file, 'utf8')).replace('"epoch":2', '"epoch":3'));
    await expect(epochsOf(path)).rejects.toMatchObject({ code: 'run-corrupt', message: `${file}: line 2 is damaged` });
  });
});

describe('a resumed log', () => {
  it('has every epoch once: lines of work that was lost are cut, at the first new line and not before', async () => {
    const path = await runWith([epochEnded(0, 1), epochEnded(0, 2)]);
    const crashed = await openRunStore(path);
    await crashed.append(epochEnded(1, 1));
    await crashed.append(epochEnded(1, 2));
    await crashed.close();
    await appendFile(join(path, 'events.ndjson'), '{"time":"2025-01-01T00:00:00.0');
    const before = await readFiles(path);

    const resumed = await openRunStore(path);
    expect(await readFiles(path)).toEqual(before);
    await resumed.append(epochEnded(1, 1));
    expect(await epochsOf(path)).toEqual(['0.1', '0.2', '1.1']);
    await resumed.append(epochEnded(1, 2));
    await resumed.save(recordAfter(2), snapshotAfter(2));
    await resumed.close();
    expect(await epochsOf(path)).toEqual(['0.1', '0.2', '1.1', '1.2']);
    expect(await verifyRun(path)).toEqual([]);
  });

  it('keeps the lines behind the last save that tell of it', async () => {
    const path = await runWith([epochEnded(0, 1)]);
    const store = await openRunStore(path);
    const kept: LearnEvent[] = [
      { type: 'task-evaluated', task: 0, on: 0, accuracy: 0.9, measured: true },
      { type: 'task-learned', task: 0, record: taskRecord(0) },
      checkpointSaved(0),
    ];
    for (const event of [...kept, epochEnded(1, 1), checkpointSaved(1)]) await store.append(event);
    await store.close();

    const resumed = await openRunStore(path);
    await resumed.save({ status: 'interrupted' });
    await resumed.close();
    expect((await eventsOf(path)).map(({ type }) => type)).toEqual(['epoch-ended', 'task-evaluated', 'task-learned', 'checkpoint-saved']);
    expect(await verifyRun(path)).toEqual([]);
  });

  it('says once that the run is finished, also when it was killed between saying so and saving that it is', async () => {
    const path = await runWith([epochEnded(0, 1)]);
    const finished: LearnEvent = { type: 'run-finished', tasks: 1, seconds: 1 };
    const killed = await openRunStore(path);
    await killed.append(finished);
    await killed.close();

    const resumed = await openRunStore(path);
    await resumed.append(finished);
    await resumed.save({ status: 'complete' });
    await resumed.close();
    const again = await openRunStore(path);
    await again.save({ seconds: 2 });
    await again.close();
    expect((await eventsOf(path)).map(({ type }) => type)).toEqual(['epoch-ended', 'run-finished']);
    expect(await verifyRun(path)).toEqual([]);
  });

  it('is refused when a part of what was saved is missing, and nothing is changed', async () => {
    const path = await runWith([epochEnded(0, 1), epochEnded(0, 2)]);
    const file = join(path, 'events.ndjson');
    const log = await readFile(file);
    await writeFile(file, log.subarray(0, 100));
    await expect(openRunStore(path)).rejects.toThrow(`${file}: ${log.length} bytes or more expected, 100 found`);
    expect(await readFile(file)).toHaveLength(100);
  });
});
