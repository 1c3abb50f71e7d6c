import { createHash } from 'node:crypto';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatRunFile, parseRunFile } from '../../src/checkpoint/run-file.js';
import { readRun, readSnapshot, verifyRun } from '../../src/checkpoint/store.js';
import { openRun } from '../../src/index.js';
import { reportFormats } from '../../src/report/formats.js';
import { tempFolder } from '../data/temp-folder.js';
import { folderDigest } from './folder-digest.js';
import { deep, mutatedJson } from './mutated-json.js';
import { mutated } from './mutated.js';
import { onlyClearErrors, patience } from './only-clear-errors.js';

const folder = tempFolder();

/** Copies of runs of version 1, one brought to the current version, without a backup that would stand in. */
const runs = ['par-finished', 'ewc-finished'].map((name) => {
  const path = join(folder, name);
  cpSync(join('test', 'fixtures', 'runs-v1', name), path, { recursive: true });
  rmSync(join(path, 'run.json.bak'), { force: true });
  return path;
});
const [, current = ''] = runs.map((path) => join(path, 'run.json'));
writeFileSync(current, formatRunFile(parseRunFile(readFileSync(current), current)));
const texts = runs.map((path) => readFileSync(join(path, 'run.json'), 'utf8'));

/** All that looks at a run and learns nothing. */
async function lookAt(path: string): Promise<void> {
  await verifyRun(path);
  await readRun(path);
  await readSnapshot(path);
  const run = await openRun(path);
  try {
    const report = await run.report();
    for (const format of ['text', 'json', 'csv', 'md'] as const)
      await reportFormats[format]([report], { table: undefined, style: { width: 80, color: false }, training: () => Promise.resolve([]) });
    const [task] = run.record.tasks;
    if (task) await run.predict(new Float32Array(4), { task: task.id });
  } finally {
    run.close();
  }
}

/** Replaces run.json, and fails where looking at the run changes any file of its folder. */
async function lookAtChanged(path: string, content: Uint8Array): Promise<void> {
  writeFileSync(join(path, 'run.json'), content);
  const before = await folderDigest(folder);
  try {
    await lookAt(path);
  } finally {
    expect(await folderDigest(folder)).toBe(before);
  }
}

/** With the checksum that the rest should have, so that what is behind it is looked at. */
function withChecksum(text: string): Buffer {
  const rest = text.replace(/^\{\n[^\n]*\n/, '');
  return Buffer.from(`{\n  "checksum": "${createHash('sha256').update(rest).digest('hex')}",\n${rest}`);
}

const words = ['"', '{', '}', '[', ']', ',', 'null', '-1', '1e308', '__proto__', '\n'];

it('O7, O8: run.json, changed bytes', patience, async () => {
  for (const [i, path] of runs.entries()) {
    const whole = texts[i] ?? '';
    const changed = mutated([whole], words);
    await onlyClearErrors(
      fc.oneof(
        changed,
        changed.map((bytes) => withChecksum(bytes.toString())),
      ),
      (bytes) => lookAtChanged(path, bytes),
      { count: 30 },
    );
    writeFileSync(join(path, 'run.json'), whole);
  }
});

it('O7, O8: run.json, changed members', patience, async () => {
  for (const [i, path] of runs.entries()) {
    const whole = texts[i] ?? '';
    const content = JSON.parse(whole) as object;
    // The line of the checksum is replaced by the one that the rest should have.
    const text = (value: unknown) => withChecksum(`{\n"checksum": "",\n${JSON.stringify(value).slice(1)}`);
    const nested = [1, 99, 100_000].map((levels) => withChecksum(whole.replace('"state": {', `"state": {"x": ${deep(levels)},`)));
    const changed = fc.oneof(
      { weight: 20, arbitrary: mutatedJson(content).map(text) },
      { weight: 1, arbitrary: fc.constantFrom(...nested) },
    );
    await onlyClearErrors(changed, (bytes) => lookAtChanged(path, bytes), { count: 40 });
    writeFileSync(join(path, 'run.json'), whole);
  }
});
