import { existsSync } from 'node:fs';
import { mkdtemp, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder } from '../../src/data/make-folder.js';

const place = () => mkdtemp(join(tmpdir(), 'make-folder-'));

describe('makeFolder', () => {
  it('makes a folder and those above it, also when several ask at once', async () => {
    const path = join(await place(), 'a', 'b', 'c');
    await Promise.all(Array.from({ length: 8 }, () => makeFolder(path)));
    await makeFolder(path);
    expect((await stat(path)).isDirectory()).toBe(true);
  });

  it('says what is in the way: a file, or a link to a disk that is not there', async () => {
    const root = await place();
    await writeFile(join(root, 'file'), '');
    await symlink(join(root, 'gone', 'disk'), join(root, 'link'));
    await expect(makeFolder(join(root, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolder(join(root, 'file', 'a', 'b'))).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(makeFolder(join(root, 'link', 'a', 'b'))).rejects.toMatchObject({ code: 'EEXIST', path: join(root, 'link') });
  });

  it.skipIf(!existsSync('/proc/self'))('ends where a folder is there but takes none, as /proc (this system has it)', async () => {
    await expect(makeFolder('/proc/none/of/this')).rejects.toMatchObject({ code: 'ENOENT', path: '/proc/none' });
  });
});
