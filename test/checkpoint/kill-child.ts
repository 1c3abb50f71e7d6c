/**
 * A writer that is killed. Run as `node kill-child.js <run> <first> <last>`: opens the run and saves states first..last, saying each number
 * on stdout when it is saved. With KILL_AT=n it kills itself at its n-th file operation: before it or, where that is a write, in its middle.
 * With LIST=1 it only says its operations.
 */
import fs, { writeSync, type PathLike } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';
import { checkpointSaved, epochEnded } from './run-fixture.js';

const killAt = Number(process.env['KILL_AT'] ?? 0);
const list = process.env['LIST'] === '1';
let operations = 0;

/** Counts an operation; at the chosen one, does a part of it and ends. */
async function step(name: string, part?: () => Promise<unknown>): Promise<void> {
  operations++;
  if (list) writeSync(1, `${name}\n`);
  if (operations !== killAt) return;
  await part?.();
  process.kill(process.pid, 'SIGKILL');
  await new Promise(() => undefined);
}

const { open, rename, mkdir, rm, writeFile } = fs.promises;
Object.assign(fs.promises, {
  async open(path: PathLike, flags: string) {
    const name = basename(String(path)).replace(/-[0-9a-f]{8}/, '');
    if (flags !== 'r') await step(`open ${name}`);
    const file = await open(path, flags);
    const { write, writeFile: writeAll, sync, truncate } = file;
    return Object.assign(file, {
      async write(bytes: Buffer, offset: number, length: number, position: number) {
        await step(`write ${name}`, () => Reflect.apply(write, file, [bytes, offset, length >> 1, position]));
        return Reflect.apply(write, file, [bytes, offset, length, position]);
      },
      async writeFile(data: string | Buffer) {
        await step(`write ${name}`, () => writeAll.call(file, data.slice(0, data.length >> 1)));
        await writeAll.call(file, data);
      },
      async sync() {
        await step(`sync ${name}`);
        await sync.call(file);
      },
      async truncate(length: number) {
        await step(`truncate ${name}`);
        await truncate.call(file, length);
      },
    });
  },
  async rename(from: PathLike, to: PathLike) {
    await step(`rename to ${basename(String(to))}`);
    await rename(from, to);
  },
  async mkdir(path: PathLike) {
    await step(`make ${basename(String(path))}`);
    return mkdir(path);
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

const { openRunStore } = await import('../../src/checkpoint/store.js');
const { recordOf, snapshotOf } = await import('./kill-states.js');
const [path = '', first, last] = process.argv.slice(2);
const store = await openRunStore(path);
for (let state = Number(first); state <= Number(last); state++) {
  await store.append(epochEnded(state - 1, 1));
  await store.append(epochEnded(state - 1, 2));
  await store.save(recordOf(state), snapshotOf(state));
  writeSync(1, `saved ${state}\n`);
  await store.append(checkpointSaved(state - 1));
}
await store.close();
