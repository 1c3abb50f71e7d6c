import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { loadStream } from '../../src/index.js';
import { readCsv } from '../../src/data/formats/csv.js';
import { readIdx } from '../../src/data/formats/idx.js';
import { readJsonl } from '../../src/data/formats/jsonl.js';
import { readNpy, readNpz } from '../../src/data/formats/npy.js';
import { inputLimits } from '../../src/data/input-limits.js';
import { readTfjsArtifacts } from '../../src/features/tfjs-artifacts.js';
import { parseTorchFile } from '../../src/backbones/torch-file.js';
import { readManifest } from '../../src/streams/read-manifest.js';
import { builtInSources } from '../../src/data/sources/registry.js';
import { lifelong } from '../cli/lifelong.js';
import { grown, lines, manifest, npy, put, write } from './files.js';
import { sharedStorage } from './torch-file.js';

const megabytes = (count: number) => Buffer.alloc(count * 2 ** 20, '1');

describe('O8: what compressed files unpack to', () => {
  const numbers = npy('<f4', [2], Float32Array.of(1, 2));
  const option = expect.stringContaining('data.maxUnpackedBytes') as string;

  it('O8: NPZ: sizes are read from its directory before anything is unpacked', async () => {
    const bomb = put('x.npz', zipSync({ x: megabytes(300), y: megabytes(1) }, { level: 9 }));
    const refused = readNpz(bomb, undefined, 300 * 2 ** 20);
    await expect(refused).rejects.toMatchObject({ code: 'config', hint: option });
    await expect(refused).rejects.toThrow(
      `${bomb}: a file that unpacks to at most ${300 * 2 ** 20} bytes expected, found ${301 * 2 ** 20}`,
    );
    expect(await grown(() => readNpz(bomb, undefined, 2 ** 20).catch(() => undefined))).toBeLessThan(50e6);
  });

  it('O8: NPZ: a directory that lies gets no more than it says, and what it says has to be so', async () => {
    const packed = Buffer.from(zipSync({ x: megabytes(300) }, { level: 9 }));
    const size = packed.lastIndexOf('PK\x01\x02') + 24;
    const claims = (bytes: number) => {
      packed.writeUInt32LE(bytes, size);
      return put('x.npz', packed);
    };
    expect(await grown(() => expect(readNpz(claims(1000))).rejects.toThrow(/x\.npz \(x\): 1000 bytes expected, found more/))).toBeLessThan(
      100e6,
    );
    await expect(readNpz(claims(400 * 2 ** 20))).rejects.toThrow(/x\.npz \(x\): 419430400 bytes expected, found 314572800/);
    await expect(readNpz(claims(0xffffffff))).rejects.toThrow(/at most 1073741824 bytes expected, found 4294967295/);
  });

  it('O8: NPZ: a damaged array is found by its checksum, not read as other numbers', async () => {
    for (const level of [0, 9] as const) {
      const packed = Buffer.from(zipSync({ x: numbers }, { level }));
      expect([...((await readNpz(put('x.npz', packed))).get('x')?.data ?? [])]).toEqual([1, 2]);
      const changed = Buffer.from(zipSync({ x: npy('<f4', [2], Float32Array.of(1, 3)) }, { level }));
      changed.writeUInt32LE(packed.readUInt32LE(packed.lastIndexOf('PK\x01\x02') + 16), changed.lastIndexOf('PK\x01\x02') + 16);
      await expect(readNpz(put('x.npz', changed))).rejects.toThrow(/x\.npz \(x\): checksum [0-9a-f]{8} expected, found [0-9a-f]{8}/);
    }
  });

  it('O8: NPZ: the number of its files is limited', async () => {
    const many = Object.fromEntries(Array.from({ length: inputLimits.archiveFiles + 1 }, (_, i) => [`x${i}`, new Uint8Array(0)]));
    await expect(readNpz(put('x.npz', zipSync(many)))).rejects.toThrow(/at most 10000 files in an archive expected, found 10001/);
  });

  const csvOptions = { label: 'kind', delimiter: ',', header: true };
  const jsonlOptions = { inputs: 'inputs', label: 'label' };
  it.each([
    ['IDX', 'x.gz', (path: string, max?: number) => readIdx(path, max)],
    ['CSV', 'x.csv.gz', (path: string, max?: number) => readCsv(path, { ...csvOptions, maxUnpackedBytes: max })],
    ['JSONL', 'x.jsonl.gz', (path: string, max?: number) => readJsonl(path, { ...jsonlOptions, maxUnpackedBytes: max })],
  ])('O8: %s: gzip is unpacked up to the limit', async (_, name, read) => {
    const bomb = put(name, gzipSync(megabytes(300)));
    const growth = await grown(async () => {
      const refused = read(bomb, 2 ** 20);
      await expect(refused).rejects.toMatchObject({ code: 'config', hint: option });
      await expect(refused).rejects.toThrow(`${bomb}: a file that unpacks to at most 1048576 bytes expected, found more`);
    });
    expect(growth).toBeLessThan(100e6);
  });

  it.each([
    ['CSV', 'x.csv', 'source: csv, label: y, train: x.csv', `x,y\n${'1'.repeat(2 ** 25)}`],
    ['JSONL', 'x.jsonl', 'source: jsonl, train: x.jsonl', '['.repeat(2 ** 25)],
  ])('O8: %s: a line is read up to a limit, that can be set', async (_, name, data, content) => {
    const at = write({ [name]: content, 'points.yaml': manifest(data) });
    const stream = (maxLineCharacters?: number) =>
      loadStream(at('points.yaml'), maxLineCharacters === undefined ? {} : { set: { 'data.maxLineCharacters': maxLineCharacters } });
    await expect(stream()).rejects.toMatchObject({
      code: 'config',
      message: `${at(name)}: lines of at most ${2 ** 24} characters expected, found a longer one`,
      hint: expect.stringContaining('data.maxLineCharacters') as string,
    });
    await expect(stream(2 ** 26)).rejects.toMatchObject({ code: 'data' }); // it is read, and is no table
  });

  it('O8: the limit can be set in a manifest, and then the file is read', async () => {
    const at = write({
      'points.csv.gz': gzipSync(`x,y,kind\n${lines(['a', 'b'], 40)}`),
      'points.yaml': manifest('source: csv, train: points.csv.gz, label: kind'),
    });
    const set = (bytes: number) => loadStream(at('points.yaml'), { set: { 'data.maxUnpackedBytes': bytes } });
    await expect(set(100)).rejects.toMatchObject({ code: 'config', hint: option });
    await expect(set(1000)).resolves.toMatchObject({ size: 1 });
    const { code, stderr } = await lifelong(['streams', 'check', at('points.yaml'), '--set', 'data.maxUnpackedBytes=100']);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/unpacks to at most 100 bytes expected, found more\n.*data\.maxUnpackedBytes/),
    ]);
  });
});

describe('O7, O8: what headers claim', () => {
  it.each([
    ['more than there is', '999999999, 9'],
    ['negative sides', '-1, -8'],
    ['no numbers', 'a, b'],
    ['more axes than NumPy has', '1, '.repeat(65)],
  ])('O8: NPY: %s', async (_, shape) => {
    const content = Buffer.from(
      Buffer.from(npy('<f4', [2], Float32Array.of(1, 2)))
        .toString('latin1')
        .replace('(2,)', `(${shape})`),
      'latin1',
    );
    await expect(readNpy(put('x.npy', content))).rejects.toMatchObject({
      code: 'data',
      message: expect.stringMatching(/x\.npy: /) as string,
    });
  });

  it('O7: NPY: a character that Unicode does not have, a text of many', async () => {
    await expect(readNpy(put('x.npy', npy('<U1', [1], Uint32Array.of(0x110000))))).rejects.toThrow(
      /characters of Unicode expected, found 1114112/,
    );
    const long = await readNpy(put('x.npy', npy('<U200000', [1], new Uint32Array(200_000).fill(0x61))));
    expect(String(long.data[0])).toHaveLength(200_000);
  });

  it('O7: tensors of a PyTorch file that share a storage are limited together', () => {
    expect(() => parseTorchFile(sharedStorage(200, 5), 'weights.pth')).toThrow('found tensors of 1000 numbers over 200');
    expect(Object.keys(parseTorchFile(sharedStorage(200, 2), 'weights.pth'))).toEqual(['0', '1']);
  });

  it('O7: labels and inputs that are no such thing are named, whatever they are', async () => {
    const read = (line: string) => readJsonl(put('x.jsonl', line), { inputs: 'inputs', label: 'label' });
    await expect(read('{"inputs": [1], "label": {"toString": 1}}')).rejects.toThrow('a label expected under "label", found {"toString":1}');
    const deep = `${'['.repeat(1e5)}${']'.repeat(1e5)}`;
    await expect(read(`{"inputs": ${deep}, "label": 1}`)).rejects.toThrow('at most 64 levels of lists expected, found more');
    await expect(read(`{"inputs": [1], "label": ${deep}}`)).rejects.toThrow('a label expected under "label", found object');
  });

  it('O7: YAML nested so deeply that its parser would end the process, and aliases without end', async () => {
    const read = (text: string, set = {}) => readManifest(put('points.yaml', text), set, builtInSources);
    for (const open of ['[', '{ a: ', '- ', '? '])
      await expect(read(open.repeat(10_000))).rejects.toMatchObject({
        code: 'config',
        message: expect.stringContaining('levels of nesting') as string,
      });
    await expect(read('name: &x [*x, *x]')).rejects.toThrow(/levels of nesting/);
    await expect(read(`a: &a [${'1, '.repeat(50)}]\nb: [${'*a, '.repeat(101)}]`)).rejects.toThrow(/alias/i);
    await expect(read('text', { seed: 1 })).rejects.toThrow('keys with values expected, found "text"');
    await expect(read('tasks: { order: [[a]] }', { 'tasks.order.4294967294': 1 })).rejects.toThrow(
      'a place from 0 to 1 in a list expected',
    );
    const { code, stderr } = await lifelong(['run', put('points.yaml', 'name: x'), '--set', `seed=${'['.repeat(10_000)}`]);
    expect([code, stderr.split('\n')]).toEqual([2, expect.not.arrayContaining([expect.stringMatching(/^\s+at /)])]);
  });
});

describe('O8: weights of tfjs models', () => {
  const model = (...paths: string[]) => {
    const weightsManifest = [{ paths, weights: [] }];
    const path = put('model/model.json', JSON.stringify({ modelTopology: { node: [] }, weightsManifest }));
    mkdirSync(join(dirname(path), 'parts'));
    writeFileSync(join(dirname(path), 'parts', 'w.bin'), 'weights');
    writeFileSync(join(dirname(path), '..', 'secret'), 'secret');
    return path;
  };

  it('O8: they lie in the folder of model.json', async () => {
    for (const inside of ['parts/w.bin', 'parts/../parts/w.bin']) {
      const { files } = await readTfjsArtifacts(model(inside));
      expect(Buffer.from(files[1] ?? '').toString()).toBe('weights');
    }
    const hint = 'copy the files into the folder';
    for (const outside of ['../secret', 'parts/../../secret', '/etc/hostname', '..']) {
      const path = model(outside);
      await expect(readTfjsArtifacts(path)).rejects.toMatchObject({
        code: 'data',
        hint,
        message: `${path}: weight files in its own folder expected, found ${outside}`,
      });
    }
  });

  it('O8: links may not lead out of it', async () => {
    const path = model('parts/link.bin');
    symlinkSync('w.bin', join(dirname(path), 'parts', 'link.bin'));
    await expect(readTfjsArtifacts(path)).resolves.toMatchObject({ files: { length: 2 } });
    for (const target of ['../../secret', join(dirname(path), '..', 'secret')]) {
      const out = model('parts/link.bin');
      symlinkSync(target, join(dirname(out), 'parts', 'link.bin'));
      await expect(readTfjsArtifacts(out)).rejects.toThrow(
        `${out}: weight files in its own folder expected, found parts/link.bin, a link to `,
      );
    }
  });

  it.each([
    'null',
    '[]',
    '{"modelTopology": {}, "weightsManifest": [1]}',
    '{"modelTopology": [], "weightsManifest": [{"paths": [1], "weights": null}]}',
  ])('O7: model.json that is none: %s', async (content) => {
    await expect(readTfjsArtifacts(put('model.json', content))).rejects.toThrow(
      'the model.json of a tfjs model expected, found something else',
    );
  });
});
