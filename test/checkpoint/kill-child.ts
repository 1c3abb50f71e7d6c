/**
 * A writer that is killed. `node kill-child.js save <run> <first> <last>` opens the run and saves states first..last, saying each number on
 * stdout when it is saved; `replace <run>` starts a new run in its place. With KILL_AT=n it kills itself at its n-th file operation: before it
 * or, where that is a write, in its middle. With LIST=1 it says its operations.
 */
import fs, { type MakeDirectoryOptions, type PathLike } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';
import { checkpointSaved, epochEnded, initialRecord } from './run-fixture.js';

const killAt = Number(process.env['KILL_AT'] ?? 0);
const list = process.env['LIST'] === '1';
let operations = 0;

const { writeSync } = fs;
const { open, rename, mkdir, rm, writeFile, link } = fs.promises;

const say = (line: string) => writeSync(1, `${line}\n`);

/** Counts an operation; whether it is the chosen one. */
function isLast(name: string): boolean {
  operations++;
  if (list) say(name);
  return operations === killAt;
}

function end(): void {
  process.kill(process.pid, 'SIGKILL');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** Counts an operation; at the chosen one, does a part of it and ends. */
async function step(name: string, part?: () => Promise<unknown>): Promise<void> {
  if (!isLast(name)) return;
  await part?.();
  end();
}

fs.writeSync = ((file: number, bytes: Buffer, offset: number, length: number, position: number) => {
  if (isLast('write events.ndjson')) {
    writeSync(file, bytes, offset, length >> 1, position);
    end();
  }
  return writeSync(file, bytes, offset, length, position);
}) as typeof writeSync;
Object.assign(fs.promises, {
  async open(path: PathLike, flags: string) {
    const name = basename(String(path)).replace(/-[0-9a-f]{8}/, '');
    if (flags !== 'r') await step(`open ${name}`);
    const file = await open(path, flags);
    const writeAll = file.writeFile.bind(file);
    const sync = file.sync.bind(file);
    const truncate = file.truncate.bind(file);
    return Object.assign(file, {
      async writeFile(data: string | Buffer) {
        await step(`write ${name}`, () => writeAll(data.slice(0, data.length >> 1)));
        await writeAll(data);
      },
      async sync() {
        await step(`sync ${name}`);
        await sync();
      },
      async truncate(length: number) {
        await step(`truncate ${name}`);
        await truncate(length);
      },
    });
  },
  async rename(from: PathLike, to: PathLike) {
    await step(`rename to ${basename(String(to))}`);
    await rename(from, to);
  },
  async link(from: PathLike, to: PathLike) {
    await step(`link ${basename(String(to))}`);
    await link(from, to);
  },
  async mkdir(path: PathLike, options?: MakeDirectoryOptions) {
    await step(`make ${basename(String(path))}`);
    return mkdir(path, options);
  },
  async rm(path: PathLike, options: object) {
    await step(`remove ${basename(String(path))}`);
    await rm(path, options);
  },
  async writeFile(path: PathLike, data: string) {
    await step(`write ${basename(String(path))}`, () => writeFile(path, data.slice(0, data.length >> 1)));
    await writeFile(path, data);
  },
});
syncBuiltinESMExports();

const { createRun, openRunStore } = await import('../../src/checkpoint/store.js');
const { recordOf, snapshotOf } = await import('./kill-states.js');
const [mode, path = '', first, last] = process.argv.slice(2);
if (mode === 'replace') {
  await (await createRun(path, initialRecord, { force: true })).close();
} else {
  const store = await openRunStore(path);
  for (let state = Number(first); state <= Number(last); state++) {
    await store.append(epochEnded(state - 1, 1));
    await store.append(epochEnded(state - 1, 2));
    await store.save(recordOf(state), snapshotOf(state));
    say(`saved ${state}`);
    await store.append(checkpointSaved(state - 1));
  }
  await store.close();
}
