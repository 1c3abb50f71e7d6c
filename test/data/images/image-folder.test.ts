import { copyFileSync, linkSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../../src/data/images/decode-image.js';
import { readImageFolder, type ImageFolderOptions } from '../../../src/data/images/image-folder.js';
import { cutStream } from '../../../src/streams/cut-stream.js';
import { readAll, tasksOf } from '../../streams/tiny-data.js';
import { needing } from '../../support/needing.js';
import { shared, sharedData } from '../../support/shared-data.js';
import { tempFolder } from '../temp-folder.js';

const folder = tempFolder();
const options: ImageFolderOptions = { size: [2, 2], channels: 3, corrupt: 'stop', testShare: 0.2 };

const png = (value: number, width = 2, height = 2) =>
  encode({ width, height, channels: 1, depth: 8, data: new Uint8Array(width * height).fill(value) });

/** Writes files below a new folder. */
function images(name: string, files: Readonly<Record<string, Uint8Array | string>>): string {
  for (const [file, content] of Object.entries(files)) {
    const path = join(folder, name, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  return join(folder, name);
}

describe('decodeImage', () => {
  const redBlue = [255, 0, 0, 0, 0, 255];
  it.each([
    ['PNG', Buffer.from(encode({ width: 2, height: 1, channels: 3, depth: 8, data: Uint8Array.from(redBlue) }))],
    ['BMP', Buffer.from('Qk0+AAAAAAAAADYAAAAoAAAAAgAAAAEAAAABABgAAAAAAAgAAADEDgAAxA4AAAAAAAAAAAAAAAD//wAAAAA=', 'base64')],
    ['GIF', Buffer.from('R0lGODdhAgABAIEAAP8AAAAA/wAAAAAAACwAAAAAAgABAAAIBQABBAgIADs=', 'base64')],
  ])('%s', async (name, bytes) => {
    const { shape, bytes: pixels } = await decodeImage(bytes, name);
    expect([shape, Array.from(pixels)]).toEqual([[1, 2, 3], redBlue]);
  });

  it('names a damaged file, and the package for other formats', async () => {
    await expect(decodeImage(png(9).subarray(0, 40), 'cut.png')).rejects.toMatchObject({
      code: 'data',
      message: 'cut.png: the image cannot be decoded',
    });
    const webp = Buffer.from('UklGRh4AAABXRUJQVlA4TBEAAAAvAQAAAA8Q87//8x8OMqL/AQA=', 'base64');
    const result = await decodeImage(webp, 'a.webp').catch((error: unknown) => error);
    if (result instanceof Error) expect(result).toMatchObject({ code: 'data', hint: 'npm install sharp for other formats' });
    else expect(result).toMatchObject({ shape: [1, 2, 3] }); // sharp happens to be installed
  });

  it('does not blame the file for a fault of the backend', async () => {
    const { backend } = await import('../../../src/nn/backend.js');
    const native = backend.binding;
    backend.binding = Object.create(native, { executeOp: { value: undefined } }) as typeof native;
    try {
      await expect(decodeImage(png(9), 'whole.png')).rejects.toBeInstanceOf(TypeError);
    } finally {
      backend.binding = native;
    }
    await expect(decodeImage(png(9), 'whole.png')).resolves.toMatchObject({ shape: [2, 2, 1] });
  });

  needing(shared('dtd', 'jpeg84')).it('JPEG', async () => {
    const at = join(sharedData, 'dtd', 'jpeg84', 'banded');
    const name = readdirSync(at)[0] ?? '';
    const target = join(folder, 'copy.jpg');
    copyFileSync(join(at, name), target);
    const data = await readImageFolder(images('jpeg', { 'a/x.png': png(1) }), options);
    expect(data.classes).toEqual(['a']);
    const { shape } = await decodeImage(await import('node:fs').then(({ readFileSync }) => readFileSync(target)), target);
    expect(shape).toEqual([84, 84, 3]);
  });
});

describe('readImageFolder', () => {
  it('takes folders as classes, resizes, and holds out a test part', async () => {
    const files = Object.fromEntries(
      ['cat', 'dog'].flatMap((name, c) => Array.from({ length: 10 }, (_, i) => [`${name}/${i}.png`, png(100 * c + i, 4, 4)])),
    );
    const data = await readImageFolder(images('plain', { ...files, 'cat/notes.txt': 'no image' }), options);
    expect([data.classes, data.inputShape, data.train.size, data.test.size]).toEqual([['cat', 'dog'], [2, 2, 3], 16, 4]);
    const { inputs, labels } = await readAll(data.train);
    labels.forEach((label, i) => {
      expect(Math.floor(Math.round((inputs[12 * i] ?? 0) * 255) / 100)).toBe(label);
    });
  });

  it('takes train, val and test folders, and the size of the first image', async () => {
    const at = images('parts', {
      'train/a/0.png': png(1),
      'train/b/0.png': png(2),
      'val/a/0.png': png(3),
      'test/b/0.png': png(4),
      'test/b/1.PNG': png(5),
    });
    const data = await readImageFolder(at, { corrupt: 'stop', testShare: 0.2 });
    expect([data.inputShape, data.train.size, data.validation?.size, data.test.size]).toEqual([[2, 2, 1], 2, 1, 2]);
    expect(Array.from(await data.test.labels())).toEqual([1, 1]);
  });

  it('stops at a damaged image, or lets the next of its class stand in', async () => {
    const at = images('damaged', {
      'train/a/0.png': png(51),
      'train/a/1.png': png(51).subarray(0, 30),
      'train/b/0.png': png(102),
      'test/a/0.png': png(0),
    });
    const stop = await readImageFolder(at, options);
    await expect(readAll(stop.train)).rejects.toMatchObject({
      code: 'data',
      message: expect.stringMatching(/a\/1\.png: the image cannot be decoded/) as string,
    });
    const skip = await readImageFolder(at, { ...options, corrupt: 'skip' });
    const { inputs } = await readAll(skip.train);
    expect([inputs[0], inputs[12], inputs[24]]).toEqual([0.2, 0.2, 0.4].map(Math.fround));
  });

  it.each([
    ['an empty class folder', { 'a/0.png': png(1), 'b/readme.txt': 'x' }, /empty\/b: images of class "b" expected, found none/],
    ['no class folders', { '0.png': png(1) }, /one folder for each class expected, found no folders/],
    [
      'a class that training lacks',
      { 'train/a/0.png': png(1), 'test/c/0.png': png(1) },
      /class "c" has images outside training and none in it/,
    ],
  ])('refuses %s', async (name, files, message) => {
    await expect(
      readImageFolder(
        images(name.replaceAll(' ', '-').replace('an-empty-class-folder', 'empty'), files as unknown as Record<string, Uint8Array>),
        options,
      ),
    ).rejects.toMatchObject({
      code: 'data',
      message: expect.stringMatching(message) as string,
    });
  });

  it('refuses images of different sizes when none is asked for, with both sizes', async () => {
    const at = images('sizes', { 'train/a/0.png': png(1), 'train/a/1.png': png(1, 3, 3), 'test/a/0.png': png(1) });
    const data = await readImageFolder(at, { corrupt: 'stop', testShare: 0.2 });
    await expect(readAll(data.train)).rejects.toThrow(/a\/1\.png: an image of 2 x 2 expected, like the first one, found 3 x 3/);
  });

  it('says that a folder is not there', async () => {
    await expect(readImageFolder(join(folder, 'nowhere'), options)).rejects.toMatchObject({
      code: 'data',
      message: expect.stringMatching(/no such file or folder/) as string,
    });
  });

  it('100,000 images: the first batch within two seconds, in far less than 1 GB', async () => {
    const at = join(folder, 'many');
    for (let c = 0; c < 10; c++) {
      mkdirSync(join(at, `class-${c}`), { recursive: true });
      const first = join(at, `class-${c}`, '0.png');
      writeFileSync(first, png(7, 8, 8));
      for (let i = 1; i < 10_000; i++) linkSync(first, join(at, `class-${c}`, `${i}.png`));
    }
    await decodeImage(png(1), 'warm-up');
    const start = performance.now();
    const data = await readImageFolder(at, { size: [8, 8], channels: 3, corrupt: 'stop', testShare: 0.2 });
    const [task] = await tasksOf(cutStream(data, { split: 1 }));
    await task?.train.read(Int32Array.from({ length: 64 }, (_, i) => i));
    const seconds = (performance.now() - start) / 1000;
    expect([task?.train.size, task?.test.size]).toEqual([72_000, 20_000]);
    expect(seconds).toBeLessThan(2);
    expect(process.memoryUsage().rss).toBeLessThan(1e9);
  });
});
