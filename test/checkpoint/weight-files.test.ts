import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readGroup, writeGroups } from '../../src/checkpoint/weight-files.js';

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
    const first = await writeGroups(root, { 'experts/e0': given }, []);
    const file = first['experts/e0'] ?? { path: '' };
    const before = inode(root, file.path);
    expect(await writeGroups(root, { 'experts/e0': again(given) }, Object.values(first))).toEqual(first);
    expect(inode(root, file.path)).toBe(before);
  });

  it('are written again where their file is not known: in another run, under another name, after it was removed', async () => {
    const given = arrays();
    for (const group of ['experts/e0', 'experts/e1']) {
      const root = mkdtempSync(join(folder, 'run-'));
      for (let time = 0; time < 2; time++) {
        const files = await writeGroups(root, { [group]: given }, []);
        const file = files[group];
        expect(file?.path).toMatch(new RegExp(`^${group}-`));
        expect(file && (await readGroup(root, file))).toEqual(given);
        rmSync(join(root, file?.path ?? ''));
      }
    }
  });
});
