import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect } from 'vitest';
import { tempFolder } from '../data/temp-folder.js';

/** A folder that a reader is given, in another that it has nothing to do with. */
export interface GivenFolder {
  readonly path: string;
  /** Writes a file there. @returns its path */
  put(name: string, content: Uint8Array | string): string;
  /** Fails where there is anything else in it or around it than was put there. */
  expectUntouched(): void;
}

export function givenFolder(): GivenFolder {
  const around = tempFolder();
  const path = join(around, 'given');
  const contents = new Map<string, string>();
  const put = (file: string, content: Uint8Array | string) => {
    mkdirSync(dirname(file), { recursive: true });
    rmSync(file, { force: true });
    writeFileSync(file, content);
    contents.set(relative(around, file), Buffer.from(content as Uint8Array).toString('latin1'));
    return file;
  };
  put(join(around, 'another', 'file'), 'nobody is asked to read or write this');
  return {
    path,
    put: (name, content) => put(join(path, name), content),
    expectUntouched() {
      const found = readdirSync(around, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(around, name)).isFile());
      expect(found.sort()).toEqual([...contents.keys()].sort());
      for (const name of found) expect(readFileSync(join(around, name), 'latin1') === contents.get(name), name).toBe(true);
    },
  };
}
