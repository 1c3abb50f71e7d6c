import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRun, openRunStore, readEvents, readSnapshot, verifyRun } from '../../src/checkpoint/store.js';
import { random } from '../../src/core/random.js';
import { recordOf, snapshotOf } from './kill-states.js';
import { epochEnded, initialRecord, readFiles, temporaryFolder } from './run-fixture.js';

let folder: string;
let child: string;
let base: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  child = await compileChild(join(folder, 'program'));
  base = join(folder, 'base');
  const store = await createRun(base, initialRecord);
  await store.append(epochEnded(0, 1));
  await store.append(epochEnded(0, 2));
  await store.save(recordOf(1), snapshotOf(1));
  await store.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a writer that is killed', () => {
  it('at any step of a save leaves the old or the new state, whole, and can be gone on from to the same end', async () => {
    const whole = await copyOfBase('whole');
    const { stdout } = await promisify(execFile)(process.execPath, [child, whole, '2', '2'], { env: { ...process.env, LIST: '1' } });
    const steps = stdout
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('saved'));
    for (const name of [
      'write e1.safetensors.new',
      'sync run.json.new',
      'rename to run.json',
      'rename to run.json.bak',
      'sync events.ndjson',
      'sync experts',
    ]) {
      if (name !== 'sync experts') expect(steps).toContain(name);
    }
    const expected = await contentOf(whole);
    let next = 1;
    const worker = async (id: number) => {
      while (next <= steps.length) {
        const at = next++;
        const path = await copyOfBase(`step-${id}`);
        const { saved, signal } = await runChild(path, 2, 2, { KILL_AT: String(at) });
        expect(signal, steps[at - 1]).toBe('SIGKILL');
        const state = await expectWhole(path, saved, 2, `${at}: ${steps[at - 1] ?? ''}`);
        await goOn(path, state, 2);
        expect(await contentOf(path), steps[at - 1]).toEqual(expected);
      }
    };
    await Promise.all([worker(0), worker(1)]);
    expect(steps.length).toBeGreaterThanOrEqual(40);
  });

  it('at any moment leaves the old or the new state, whole', async () => {
    const moments = random(0, 'kill');
    const path = await copyOfBase('moments');
    let state = 1;
    for (let kill = 0; kill < 20; kill++) {
      const { saved } = await runChild(path, state + 1, state + 1000, {}, Math.floor(moments.uniform() * 80));
      state = await expectWhole(path, saved ?? state, (saved ?? state) + 1, `kill ${kill}`);
    }
    expect(state).toBeGreaterThan(20);
    const epochs: number[] = [];
    for await (const event of readEvents(path))
      if (event.type === 'epoch-ended' && event.task < state) epochs.push(event.task * 2 + event.epoch);
    expect(epochs).toEqual(Array.from({ length: state * 2 }, (_, i) => i + 1));
  });
});

/** Checks that the run is whole and its state is `saved` or the next, at most `last`; gives which. */
async function expectWhole(path: string, saved: number | undefined, last: number, what: string): Promise<number> {
  expect(await verifyRun(path), what).toEqual([]);
  const snapshot = await readSnapshot(path);
  const state = Number(snapshot.state['state']);
  expect(state, what).toBeGreaterThanOrEqual(saved ?? 1);
  expect(state, what).toBeLessThanOrEqual(last);
  expect(snapshot, what).toEqual(snapshotOf(state));
  return state;
}

/** Goes on from `state` to `last`, as a resumed run does. */
async function goOn(path: string, state: number, last: number): Promise<void> {
  const store = await openRunStore(path);
  expect(await store.load()).toEqual(snapshotOf(state));
  for (let task = state + 1; task <= last; task++) {
    await store.append(epochEnded(task - 1, 1));
    await store.append(epochEnded(task - 1, 2));
    await store.save(recordOf(task), snapshotOf(task));
  }
  await store.save({ status: 'complete' });
  await store.close();
  expect(await verifyRun(path)).toEqual([]);
}

/** What a run amounts to: its weight files, its state, its epochs. Times, and lines that a kill may have kept from being written, aside. */
async function contentOf(path: string): Promise<unknown> {
  const names = [...(await readFiles(path)).keys()].filter((name) => !name.startsWith('generations/'));
  const epochs: string[] = [];
  for await (const event of readEvents(path)) if (event.type === 'epoch-ended') epochs.push(`${event.task}.${event.epoch}`);
  return { names: names.filter((name) => !name.includes('run.json')).map((name) => name), snapshot: await readSnapshot(path), epochs };
}

async function copyOfBase(name: string): Promise<string> {
  const path = join(folder, name);
  await rm(path, { recursive: true, force: true });
  await cp(base, path, { recursive: true });
  return path;
}

/** The last state that the child said it saved, and how it ended. With `killAfter` it is killed so many milliseconds after its first save. */
async function runChild(path: string, first: number, last: number, env: Record<string, string>, killAfter?: number) {
  const process_ = spawn(process.execPath, [child, path, String(first), String(last)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  process_.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  process_.stdout.on('data', (text: Buffer) => {
    if (killAfter !== undefined && output === '') void sleep(killAfter).then(() => process_.kill('SIGKILL'));
    output += text.toString();
  });
  const signal = await new Promise<NodeJS.Signals | null>((done) => process_.on('close', (_, name) => done(name)));
  if (signal === null && errors !== '') throw new Error(errors);
  const saved = output
    .trim()
    .split('\n')
    .flatMap((line) => (line.startsWith('saved ') ? [Number(line.slice(6))] : []))
    .at(-1);
  return { saved, signal };
}

/** Compiles the child and what it imports, so that plain node runs it; gives its path. */
async function compileChild(out: string): Promise<string> {
  const root = resolve(import.meta.dirname, '../..');
  const sources = ['src/core', 'src/checkpoint', 'src/data', 'test/checkpoint'];
  for (const source of sources) {
    for (const name of await readdir(join(root, source))) {
      if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue;
      const text = await readFile(join(root, source, name), 'utf8');
      const { outputText } = ts.transpileModule(text, {
        compilerOptions: { module: ts.ModuleKind.ES2022, target: ts.ScriptTarget.ES2022 },
      });
      const target = join(out, source, name.replace(/\.ts$/, '.js'));
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, outputText);
    }
  }
  await writeFile(join(out, 'package.json'), '{ "type": "module" }');
  await symlink(join(root, 'node_modules'), join(out, 'node_modules'));
  return join(out, 'test/checkpoint/kill-child.js');
}
