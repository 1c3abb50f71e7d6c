import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { WeightFile } from '../../src/checkpoint/run-file.js';
import { groupWriter, readGroup } from '../../src/checkpoint/weight-files.js';

const folder = mkdtempSync(join(tmpdir(), 'lifelong-weight-files-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const arrays = () => ({ weight: { shape: [3], data: Float32Array.of(1, 2, 3) } });
const inode = (root: string, path: string) => statSync(join(root, path)).ino;

describe('groups of arrays', () => {
  it.each([
    ['the same object', (given: ReturnType<typeof arrays>) => given],
    ['an equal one', arrays],
  ])('handed over again, %s is not written again', async (_, again) => {
    const root = mkdtempSync(join(folder, 'run-'));
    const given = arrays();
    const writeGroups = groupWriter(root);
    const first = await writeGroups({ arrays: { 'experts/e0': given } }, []);
    const file = first['experts/e0'] ?? { path: '' };
    const before = inode(root, file.path);
    expect(await writeGroups({ arrays: { 'experts/e0': again(given) } }, Object.values(first))).toEqual(first);
    expect(inode(root, file.path)).toBe(before);
  });

  it('are written again where their file is not known: in another run, under another name, after it was removed', async () => {
    const given = arrays();
    for (const group of ['experts/e0', 'experts/e1']) {
      const root = mkdtempSync(join(folder, 'run-'));
      const writeGroups = groupWriter(root);
      for (let time = 0; time < 2; time++) {
        const files = await writeGroups({ arrays: { [group]: given }, revisions: { [group]: 1 } }, []);
        const file = files[group];
        expect(file?.path).toMatch(new RegExp(`^${group}-`));
        expect(file && (await readGroup(root, file))).toEqual(given);
        rmSync(join(root, file?.path ?? ''));
      }
    }
  });

  it('are looked at again in a new revision alone, or without any', async () => {
    const root = mkdtempSync(join(folder, 'run-'));
    const writeGroups = groupWriter(root);
    const read: string[] = [];
    const group = (name: string, value: number) => ({
      get weight() {
        read.push(name);
        return { shape: [1], data: Float32Array.of(value) };
      },
    });
    const save = (value: number, revision: number, known: readonly WeightFile[]) => {
      const groups = { 'experts/e0': group('e0', value), 'heads/0': group('head', value) };
      return writeGroups({ arrays: groups, revisions: { 'experts/e0': revision } }, known);
    };
    const first = await save(1, 7, []);
    const second = await save(1, 7, Object.values(first));
    expect([second, read]).toEqual([first, ['e0', 'head', 'head']]);
    const third = await save(2, 8, Object.values(second));
    expect(third['experts/e0']).not.toEqual(first['experts/e0']);
    expect(third['experts/e0'] && (await readGroup(root, third['experts/e0']))['weight']?.data).toEqual(Float32Array.of(2));
  });
});
