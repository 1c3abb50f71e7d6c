import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { createRun, openRunStore, readEvents, readSnapshot, verifyRun } from '../../src/checkpoint/store.js';
import { checkpointSaved, epochEnded, initialRecord, recordAfter, snapshotAfter } from '../checkpoint/run-fixture.js';
import { tempFolder } from '../data/temp-folder.js';
import { folderDigest } from './folder-digest.js';
import { deep, mutatedJson } from './mutated-json.js';
import { mutated } from './mutated.js';
import { onlyClearErrors, patience } from './only-clear-errors.js';

const path = join(tempFolder(), 'run');
const log = join(path, 'events.ndjson');
let whole: Buffer;

beforeAll(async () => {
  const store = await createRun(path, initialRecord);
  for (const tasks of [1, 2]) {
    for (const epoch of [1, 2, 3]) await store.append(epochEnded(tasks - 1, epoch));
    await store.save(recordAfter(tasks), snapshotAfter(tasks));
    await store.append(checkpointSaved(tasks - 1));
  }
  await store.append(epochEnded(2, 1)); // of work behind the last save
  await store.close();
  whole = readFileSync(log);
});

/** The log read, verified, and opened by a writer, who may not change what he did not write: nothing learned is lost. */
async function openWith(content: Uint8Array): Promise<void> {
  writeFileSync(log, content);
  const before = await folderDigest(path);
  try {
    await verifyRun(path);
    for await (const event of readEvents(path)) expect(event).toHaveProperty('type');
    const store = await openRunStore(path);
    expect(await store.load()).toEqual(snapshotAfter(2));
    await store.close();
  } finally {
    expect(await folderDigest(path)).toBe(before);
    expect(await readSnapshot(path)).toEqual(snapshotAfter(2));
  }
}

it('O7, O8: events.ndjson, changed bytes', patience, async () => {
  await onlyClearErrors(mutated([whole], ['\n', '"', '{', '}', ',"check":"', '\0']), openWith, { count: 200 });
});

/** A line with the check that it should have. */
function line(event: string): string {
  const text = event.slice(0, -1);
  return `${text},"check":"${createHash('sha256').update(text).digest('hex').slice(0, 8)}"}\n`;
}

it('O7, O8: events.ndjson, changed members behind the last save', patience, async () => {
  const event = { time: '2025-01-01T00:00:00.000Z', ...epochEnded(2, 1) };
  const more = fc.oneof(
    { weight: 20, arbitrary: mutatedJson(event).map((changed) => line(JSON.stringify(changed))) },
    { weight: 1, arbitrary: fc.constantFrom(line(`{"type":"x","time":${deep()}}`), line('[]'), '\n') },
  );
  await onlyClearErrors(fc.array(more, { maxLength: 3 }), (lines) => openWith(Buffer.concat([whole, Buffer.from(lines.join(''))])), {
    count: 150,
  });
});
