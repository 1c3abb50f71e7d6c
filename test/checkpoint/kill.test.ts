import { spawn } from 'node:child_process';
import { cp, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compileSources, root } from '../support/compile-sources.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRun, openRunStore, readEvents, readSnapshot, verifyRun } from '../../src/checkpoint/store.js';
import { random } from '../../src/core/random.js';
import { recordOf, snapshotOf } from './kill-states.js';
import { epochEnded, initialRecord, readFiles } from './run-fixture.js';
import { temporaryFolder } from './temporary-folder.js';

let folder: string;
let child: string;
let base: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  child = await compileChild(join(folder, 'program'));
  base = join(folder, 'base');
  await (await createRun(base, initialRecord)).close();
  await goOn(base, 0, 3);
}, 60_000);

describe('a writer that is killed', { timeout: 120_000 }, () => {
  it('at any step of a save leaves the old or the new state, whole, and can be gone on from to the same end', async () => {
    const whole = await copyOfBase('whole');
    const steps = await stepsOf(whole, 'save', 4);
    for (const name of [
      'write e1.safetensors.new',
      'sync events.ndjson',
      'sync generations',
      'link run.json.bak.new',
      'rename to run.json.bak',
      'write events.ndjson',
      'sync run.json.new',
      'rename to run.json',
    ]) {
      expect(steps).toContain(name);
    }
    expect(steps.filter((name) => /^remove (e1-|train-|0000)/.test(name)).length).toBeGreaterThanOrEqual(3);
    await goOn(whole, 4, 4);
    const expected = await contentOf(whole);
    await atEveryStep(steps, async (at, what) => {
      const path = await copyOfBase(`save-${at}`);
      const { saved, signal } = await runChild(['save', path, 4, 4], { KILL_AT: String(at) });
      expect(signal, what).toBe('SIGKILL');
      await goOn(path, await expectWhole(path, saved ?? 3, 4, what), 4);
      expect(await contentOf(path), what).toEqual(expected);
    });
  });

  it('at a step of replacing a run leaves the old or the new run, whole', async () => {
    const steps = await stepsOf(await copyOfBase('replaced'), 'replace', 0);
    expect(steps.filter((name) => name.startsWith('remove ')).length).toBeGreaterThanOrEqual(5);
    const outcomes = await atEveryStep(
      steps,
      async (at, what) => {
        const path = await copyOfBase(`replace-${at}`);
        expect((await runChild(['replace', path, 0, 0], { KILL_AT: String(at) })).signal, what).toBe('SIGKILL');
        expect(await verifyRun(path), what).toEqual([]);
        const state = Number((await readSnapshot(path)).state['state'] ?? 0);
        expect(state, what).toBeOneOf([0, 3]);
        await goOn(path, state, 4);
        expect(await epochsOf(path), what).toEqual(epochsUpTo(4));
        return state;
      },
      2,
    );
    expect(new Set(outcomes)).toEqual(new Set([0, 3]));
  });

  it('at any moment leaves the old or the new state, whole', async () => {
    const moments = random(0, 'kill');
    const path = await copyOfBase('moments');
    let state = 3;
    for (let kill = 0; kill < 12; kill++) {
      const { saved } = await runChild(['save', path, state + 1, state + 1000], {}, Math.floor(moments.uniform() * 80));
      state = await expectWhole(path, saved ?? state, (saved ?? state) + 1, `kill ${kill}`);
    }
    expect(state).toBeGreaterThan(12);
    expect((await epochsOf(path)).slice(0, 2 * state)).toEqual(epochsUpTo(state));
  });
});

/** Every file operation of a child that is not killed. */
async function stepsOf(path: string, mode: string, state: number): Promise<string[]> {
  const { output } = await runChild([mode, path, state, state], { LIST: '1' });
  return output.filter((line) => !line.startsWith('saved'));
}

/** Calls `kill` with each step, from 1 on, or each `stride`-th, and what to call it; two at a time. */
async function atEveryStep<T>(steps: readonly string[], kill: (at: number, what: string) => Promise<T>, stride = 1): Promise<T[]> {
  const results: T[] = [];
  let next = 1;
  const worker = async () => {
    while (next <= steps.length) {
      const at = next;
      next += stride;
      results.push(await kill(at, `step ${at}: ${steps[at - 1] ?? ''}`));
    }
  };
  await Promise.all([worker(), worker()]);
  return results;
}

/** Checks that the run is whole and its state is `saved` or the next, at most `last`; gives which. */
async function expectWhole(path: string, saved: number, last: number, what: string): Promise<number> {
  expect(await verifyRun(path), what).toEqual([]);
  const snapshot = await readSnapshot(path);
  const state = Number(snapshot.state['state']);
  expect(state, what).toBeGreaterThanOrEqual(saved);
  expect(state, what).toBeLessThanOrEqual(last);
  expect(snapshot, what).toEqual(snapshotOf(state));
  return state;
}

/** Goes on from `state` to `last`, as a resumed run does; the last save removes what a kill kept from being removed. */
async function goOn(path: string, state: number, last: number): Promise<void> {
  const store = await openRunStore(path);
  if (state > 0) expect(await store.load()).toEqual(snapshotOf(state));
  for (let task = state + 1; task <= last; task++) {
    await store.append(epochEnded(task - 1, 1));
    await store.append(epochEnded(task - 1, 2));
    await store.save(recordOf(task), snapshotOf(task));
  }
  await store.save({ status: 'running' });
  await store.close();
  expect(await verifyRun(path)).toEqual([]);
}

/** What a run amounts to: its weight files, its state, its epochs. */
async function contentOf(path: string): Promise<unknown> {
  const names = [...(await readFiles(path)).keys()];
  return { names: names.filter((name) => name.endsWith('.safetensors')), snapshot: await readSnapshot(path), epochs: await epochsOf(path) };
}

async function epochsOf(path: string): Promise<string[]> {
  const epochs: string[] = [];
  for await (const event of readEvents(path)) if (event.type === 'epoch-ended') epochs.push(`${event.task}.${event.epoch}`);
  return epochs;
}

function epochsUpTo(tasks: number): string[] {
  return Array.from({ length: tasks }, (_, task) => [`${task}.1`, `${task}.2`]).flat();
}

async function copyOfBase(name: string): Promise<string> {
  const path = join(folder, name);
  await rm(path, { recursive: true, force: true });
  await cp(base, path, { recursive: true });
  return path;
}

/** What the child said, the last state that it saved, and how it ended. With `killAfter` it is killed so many milliseconds after its first word. */
async function runChild(words: readonly (string | number)[], env: Record<string, string>, killAfter?: number) {
  const started = spawn(process.execPath, [child, ...words.map(String)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  let errors = '';
  started.stderr.on('data', (part: Buffer) => (errors += part.toString()));
  started.stdout.on('data', (part: Buffer) => {
    if (killAfter !== undefined && text === '') void sleep(killAfter).then(() => started.kill('SIGKILL'));
    text += part.toString();
  });
  const signal = await new Promise<NodeJS.Signals | null>((done) => started.on('close', (_, name) => done(name)));
  if (errors !== '') throw new Error(errors);
  const output = text.trim().split('\n');
  const saved = output.flatMap((line) => (line.startsWith('saved ') ? [Number(line.slice(6))] : [])).at(-1);
  return { output, saved, signal };
}

/** Compiles the child and what it imports, so that plain node runs it; gives its path. */
async function compileChild(out: string): Promise<string> {
  compileSources(['src/core', 'src/checkpoint', 'src/data', 'src/setup', 'test/checkpoint'], out);
  await writeFile(join(out, 'package.json'), '{ "type": "module" }');
  await symlink(join(root, 'node_modules'), join(out, 'node_modules'));
  return join(out, 'test/checkpoint/kill-child.js');
}
