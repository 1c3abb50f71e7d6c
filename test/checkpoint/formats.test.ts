import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeJson, encodeJson } from '../../src/checkpoint/json-codec.js';
import { migrate } from '../../src/checkpoint/migrations.js';
import { sha256 } from '../../src/checkpoint/run-file.js';
import { createRun, openRunStore, readRun, readSnapshot, verifyRun } from '../../src/checkpoint/store.js';
import { initialRecord, readFiles, recordAfter, snapshotAfter } from './run-fixture.js';
import { temporaryFolder } from './temporary-folder.js';

describe('the JSON form', () => {
  it('gives back any plain data exactly, through text', () => {
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof(
        { maxDepth: 4 },
        fc.double(),
        fc.constantFrom(NaN, Infinity, -Infinity, 0.1),
        fc.string(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('json')),
        fc.dictionary(
          fc.string().filter((key) => key !== '$number'),
          tie('json'),
          { noNullPrototype: true },
        ),
      ),
    }));
    fc.assert(
      fc.property(json, (value) => {
        fc.pre(!JSON.stringify(value).includes('-0') && !hasMinusZero(value));
        expect(decodeJson(JSON.parse(JSON.stringify(encodeJson(value, 'x'))))).toStrictEqual(value);
      }),
    );
  });

  it('leaves undefined members out, as JSON does', () => {
    expect(encodeJson({ a: undefined, b: 1 }, 'x')).toStrictEqual({ b: 1 });
  });

  it.each<[string, unknown, string]>([
    ['a typed array', { a: [Float32Array.of(1)] }, 'x.a[0]: plain JSON data expected, found Float32Array'],
    ['a map', new Map(), 'x: plain JSON data expected, found Map'],
    ['a function', { f: () => 0 }, 'x.f: plain JSON data expected, found function'],
    ['a big integer', { b: 1n }, 'x.b: plain JSON data expected, found bigint'],
    ['its own marker', { $number: '1' }, 'x: plain JSON data expected, found Object'],
    ['undefined in a list', [undefined], 'x[0]: plain JSON data expected, found undefined'],
  ])('refuses %s', (_, value, message) => {
    expect(() => encodeJson(value, 'x')).toThrow(message);
  });
});

describe('run.json', () => {
  it('has one member a line and a checksum of all that follows its line', async () => {
    const path = await temporaryFolder();
    await (await createRun(path, initialRecord)).close();
    const lines = (await readFile(join(path, 'run.json'), 'utf8')).split('\n');
    expect(lines.slice(0, 3)).toEqual(['{', `  "checksum": "${sha256(lines.slice(2).join('\n'))}",`, '  "version": 3,']);
    const keys = lines.slice(2, -2).map((line) => /^ {2}"(\w+)": /.exec(line)?.[1]);
    expect(keys).toEqual([...Object.keys(initialRecord), 'events']);
  });
});

describe('a newer run.json', () => {
  it('is refused with both versions, by all, and nothing is touched', async () => {
    const path = await temporaryFolder();
    const store = await createRun(path, initialRecord);
    await store.save(recordAfter(1), snapshotAfter(1));
    await store.close();
    await writeFile(join(path, 'run.json'), '{ "version": 999, "shape": "unknown to us" }');
    const before = await readFiles(path);
    const refusal = { code: 'run-version', message: `${join(path, 'run.json')}: version 3 or older expected, found 999` };
    for (const attempt of [readRun, openRunStore, readSnapshot]) await expect(attempt(path)).rejects.toMatchObject(refusal);
    expect(await verifyRun(path)).toEqual([{ file: 'run.json', problem: 'version 3 or older expected, found 999' }]);
    expect(await readFiles(path)).toEqual(before);
  });
});

describe('migrate', () => {
  const chain = {
    1: (content: Readonly<Record<string, unknown>>) => ({ ...content, seed: Number(content['seed']) }),
    2: ({ title, ...rest }: Readonly<Record<string, unknown>>) => ({ ...rest, name: title }),
  };

  it('goes step by step to the current version, and leaves what it was given alone', () => {
    const old = { version: 1, seed: '7', title: 'digits' };
    expect(migrate(old, 'f', chain, 3)).toEqual({ version: 3, seed: 7, name: 'digits' });
    expect(migrate({ version: 2, seed: 7, title: 'digits' }, 'f', chain, 3)).toEqual({ version: 3, seed: 7, name: 'digits' });
    expect(migrate({ version: 3, name: 'digits' }, 'f', chain, 3)).toEqual({ version: 3, name: 'digits' });
    expect(old).toEqual({ version: 1, seed: '7', title: 'digits' });
  });

  it('refuses what it has no step for, and what has no version', () => {
    expect(() => migrate({ version: 0 }, 'f', chain, 3)).toThrow('f: version 3 expected, found 0, which cannot be brought up to date');
    expect(() => migrate({ version: '1' }, 'f', chain, 3)).toThrow('f: a version number expected, found "1"');
    expect(() => migrate({ version: 4 }, 'f', chain, 3)).toThrow('f: version 3 or older expected, found 4');
  });
});

function hasMinusZero(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(hasMinusZero);
  return Object.is(value, -0);
}
