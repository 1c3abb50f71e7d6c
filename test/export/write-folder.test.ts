import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFolder } from '../../src/export/write-folder.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lifelong-folder-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const manifest = '{ "schema": "lifelong.export/1" }';
const files = new Map<string, string | Uint8Array>([
  ['manifest.json', manifest],
  ['a/b.bin', Uint8Array.of(1, 2)],
]);
const tree = () => readdirSync(root, { recursive: true, encoding: 'utf8' }).sort();

describe('writing a folder', () => {
  it('makes it, with its parents, and leaves nothing else', async () => {
    await writeFolder(join(root, 'x', 'y'), files, false);
    expect(tree()).toEqual(['x', 'x/y', 'x/y/a', 'x/y/a/b.bin', 'x/y/manifest.json']);
    expect([...readFileSync(join(root, 'x/y/a/b.bin'))]).toEqual([1, 2]);
  });

  it('takes an empty folder', async () => {
    mkdirSync(join(root, 'out'));
    await writeFolder(join(root, 'out'), files, false);
    expect(tree()).toEqual(['out', 'out/a', 'out/a/b.bin', 'out/manifest.json']);
  });

  it('refuses an earlier export, and replaces all of it when told to', async () => {
    const out = join(root, 'out');
    await writeFolder(out, new Map([...files, ['old.bin', 'old']]), false);
    await expect(writeFolder(out, files, false)).rejects.toMatchObject({ code: 'usage', hint: '--force replaces it' });
    expect(tree()).toContain('out/old.bin');
    await writeFolder(out, files, true);
    expect(tree()).toEqual(['out', 'out/a', 'out/a/b.bin', 'out/manifest.json']);
  });

  it.each([false, true])('never touches a folder with anything else in it (replace: %s)', async (replace) => {
    writeFileSync(join(root, 'letters.txt'), 'mine');
    await expect(writeFolder(root, files, replace)).rejects.toThrow('a new or empty folder expected, found 1 files that are no export');
    writeFileSync(join(root, 'manifest.json'), '{ "name": "an app" }');
    await expect(writeFolder(root, files, replace)).rejects.toThrow('that are no export');
    expect(tree()).toEqual(['letters.txt', 'manifest.json']);
  });

  it('refuses a file in its place', async () => {
    writeFileSync(join(root, 'out'), '');
    await expect(writeFolder(join(root, 'out'), files, true)).rejects.toThrow('a folder or nothing expected');
  });

  it('leaves the earlier export whole when it fails on the way', async () => {
    const out = join(root, 'out');
    await writeFolder(out, files, false);
    const clashing = new Map([...files, ['a', 'a file where a folder is']]);
    await expect(writeFolder(out, clashing, true)).rejects.toThrow();
    expect(tree()).toEqual(['out', 'out/a', 'out/a/b.bin', 'out/manifest.json']);
  });
});
