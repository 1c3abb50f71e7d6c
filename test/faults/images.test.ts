import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../src/data/images/decode-image.js';
import { loadStream } from '../../src/streams/load-stream.js';
import { lifelong } from '../cli/lifelong.js';
import { tempFolder } from '../data/temp-folder.js';
import { readAll, tasksOf } from '../streams/tiny-data.js';
import { bmpOf, cmykJpeg, exif, jpeg, pngOf, withExif, writeFiles } from './picture-files.js';
import { side, picture, png, eight, readStream, manifest as manifestIn, check } from './picture-streams.js';

const folder = tempFolder();
const manifest = (name: string, data: string, more?: string) => manifestIn(folder, name, data, more);

describe('P1: photographs are turned upright', () => {
  // Where row 0 and column 0 of the stored image are in the picture, by orientation: EXIF 2.3, table of tag 274.
  const sides = [
    ['top', 'left'],
    ['top', 'right'],
    ['bottom', 'right'],
    ['bottom', 'left'],
    ['left', 'top'],
    ['right', 'top'],
    ['right', 'bottom'],
    ['left', 'bottom'],
  ] as const;
  const [height, width] = [16, 24];
  /** Blocks of 8 x 8, each with a value of its own: JPEG keeps them exactly, but for rounding. */
  const upright = Uint8Array.from(
    { length: height * width },
    (_, at) => 30 + 40 * (Math.floor(at / width / 8) * 3 + Math.floor((at % width) / 8)),
  );

  /** The picture as a camera held otherwise stores it. */
  function stored(orientation: number): { readonly pixels: Uint8Array; readonly shape: readonly [number, number, number] } {
    const [rowSide, columnSide] = sides[orientation - 1] ?? sides[0];
    const turned = orientation > 4;
    const [rows, columns] = turned ? [width, height] : [height, width];
    const place = (where: string, index: number) =>
      ({ top: index, bottom: height - 1 - index, left: index, right: width - 1 - index })[where] ?? 0;
    const pixels = Uint8Array.from({ length: rows * columns }, (_, at) => {
      const [row, column] = [place(rowSide, Math.floor(at / columns)), place(columnSide, at % columns)];
      const [y, x] = turned ? [column, row] : [row, column];
      return upright[y * width + x] ?? 0;
    });
    return { pixels, shape: [rows, columns, 1] };
  }

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('P1: orientation %i, in JPEG and PNG', async (orientation) => {
    const { pixels, shape } = stored(orientation);
    const order = orientation % 2 === 0 ? 'II' : 'MM';
    const photo = await decodeImage(withExif(await jpeg(pixels, shape), exif(orientation, order)), 'photo.jpg');
    expect(photo.shape).toEqual([height, width, 1]);
    photo.bytes.forEach((value, at) => {
      expect(Math.abs(value - (upright[at] ?? 0))).toBeLessThanOrEqual(1); // rounding of the transform and back
    });
    const rows = Array.from({ length: shape[0] }, (_, y) => Array.from(pixels.subarray(y * shape[1], (y + 1) * shape[1])));
    const parts = { width: shape[1], height: shape[0], depth: 8, colour: 0, rows };
    const scan = await decodeImage(pngOf({ ...parts, chunks: { eXIf: exif(orientation, order) } }), 'scan.png');
    expect([scan.shape, scan.bytes]).toEqual([[height, width, 1], upright]);
  });

  it('P1: damaged EXIF data turn nothing', async () => {
    const whole = await jpeg(upright, [height, width, 1]);
    const plain = await decodeImage(whole, 'photo.jpg');
    const data = exif(6, 'II');
    for (const cut of [0, 1, 7, 9, 12, 19]) expect(await decodeImage(withExif(whole, data.subarray(0, cut)), 'cut.jpg')).toEqual(plain);
    data.writeUInt32LE(0xffffffff, 4); // a directory far outside
    expect(await decodeImage(withExif(whole, data), 'far.jpg')).toEqual(plain);
    for (const wrong of [0, 9, 65535]) expect(await decodeImage(withExif(whole, exif(wrong, 'MM')), 'wrong.jpg')).toEqual(plain);
  });

  it('P1: streams, contact sheets and what is said of it', async () => {
    const at = join(folder, 'turned');
    for (let i = 0; i < 4; i++) {
      const photo = await jpeg(picture('left', i), [side, side, 1]);
      writeFiles(at, { [`left/${i}.jpg`]: photo, [`up/${i}.jpg`]: withExif(photo, exif(6, 'II')) }); // turned clockwise, left is up
    }
    const path = manifest('turned', 'turned');
    expect((await check(path)).warnings.join()).toMatch(/4 of 8 images read so far: turned upright by their EXIF orientation/);
    const [task] = await tasksOf(await loadStream(path));
    const { inputs, labels } = await readAll(task?.test ?? (await Promise.reject(new Error('no task'))));
    labels.forEach((label, i) => {
      const image = inputs.subarray(i * side * side, (i + 1) * side * side);
      const bright = picture(label === 0 ? 'left' : 'up').map((value) => (value > 128 ? 1 : 0));
      expect(Array.from(image, (value) => (value > 0.5 ? 1 : 0))).toEqual(Array.from(bright));
    });
    const { code } = await lifelong(['streams', 'show', path, '--samples', join(folder, 'sheets')]);
    expect(code).toBe(0);
    const sheet = await decodeImage(readFileSync(join(folder, 'sheets', 'task-0.png')), 'sheet');
    const zoom = 3;
    const value = (row: number, y: number, x: number) =>
      sheet.bytes[((2 + row * (side * zoom + 2) + y * zoom) * sheet.shape[1] + 2 + x * zoom) * 3];
    expect([value(0, 20, 3), value(0, 3, 20)].map((found) => Number(found) > 128)).toEqual([true, false]); // left
    expect([value(1, 20, 3), value(1, 3, 20)].map((found) => Number(found) > 128)).toEqual([false, true]); // up
  });
});

describe('O8: pixels', () => {
  const bomb = (depth: number, pixels: number) =>
    pngOf({ width: pixels, height: pixels, depth, colour: 0, rows: [Array<number>(4000).fill(0)] });

  it('O8: what the header claims is looked at before anything is decoded', async () => {
    const at = writeFiles(join(folder, 'bomb'), eight({ 'left/1.png': bomb(8, 60_000) }));
    const { code, stderr } = await lifelong(['streams', 'check', manifest('bomb', at)]);
    expect([code, stderr]).toEqual([
      expect.any(Number),
      expect.stringMatching(/1\.png: an image of at most 100000000 pixels expected, found 60000 x 60000/),
    ]);
    expect(code).not.toBe(0);
    const gif = Buffer.concat([Buffer.from('GIF89a'), Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0]), Buffer.from(';')]);
    await expect(decodeImage(gif, 'a.gif')).rejects.toThrow(/found 65535 x 65535/);
    const photo = Buffer.from(await jpeg(picture('up'), [side, side, 1]));
    const frame = photo.indexOf(Buffer.from([0xff, 0xc0]));
    photo.writeUInt32BE(0xffffffff, frame + 5);
    await expect(decodeImage(photo, 'a.jpg')).rejects.toThrow(/found 65535 x 65535/);
    const bmp = bmpOf(24, [], [0, 0, 0, 0, 0, 0, 0, 0]);
    bmp.writeInt32LE(-60_000, 22);
    bmp.writeInt32LE(60_000, 18);
    await expect(decodeImage(bmp, 'a.bmp')).rejects.toThrow(/found 60000 x 60000/);
  });

  it('O8: pixel data of 16 bits that unpack to more than the header claims are damaged', async () => {
    const before = process.memoryUsage().rss;
    const rows = [Array<number>(10_000_000).fill(0)];
    await expect(decodeImage(pngOf({ width: 4, height: 4, depth: 16, colour: 0, rows }), 'deep.png')).rejects.toMatchObject({
      code: 'data',
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(2e9);
  });

  it('O8: the limit can be set', async () => {
    const at = writeFiles(join(folder, 'limit'), eight());
    const stream = (maxPixels: number) => loadStream(manifest('limit', at), { set: { 'data.maxPixels': maxPixels } });
    await expect(stream(side * side - 1)).rejects.toMatchObject({
      code: 'config',
      hint: expect.stringMatching(/data\.maxPixels/) as string,
    });
    await expect(stream(side * side)).resolves.toMatchObject({ size: 1 });
  });
});

describe('P7: predict reads images as streams do', () => {
  it('P7: on the files of the test part it gives the accuracy of the report, exactly', { timeout: 180_000 }, async () => {
    const at = join(folder, 'mixed');
    let seed = 1;
    const noise = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
    const tint = [1, 0.5, 0.8, 0.9];
    for (const half of ['down', 'left', 'up'] as const) {
      for (let i = 0; i < 24; i++) {
        const size = 12 + ((7 * i) % 31);
        const grey = picture(half, 190, size).map((value) => Math.max(0, Math.min(255, value + 350 * (noise() - 0.5))));
        const coloured = (values: Uint8Array) =>
          Uint8Array.from({ length: 3 * values.length }, (_, p) => Math.floor((values[Math.floor(p / 3)] ?? 0) * (tint[(p + i) % 4] ?? 1)));
        const files = {
          png: encode({ width: size, height: size, channels: 1, depth: 8, data: grey }),
          colour: encode({ width: size, height: size, channels: 3, depth: 8, data: coloured(grey) }),
          photo: withExif(await jpeg(coloured(grey.toReversed()), [size, size, 3]), exif(3, 'MM')),
          deep: encode({ width: size, height: size, channels: 1, depth: 16, data: Uint16Array.from(grey, (value) => value * 255 + 91) }),
        };
        const [ending, file] = Object.entries(files)[i % 4] ?? ['png', files.png];
        writeFiles(at, { [`${i < 16 ? 'train' : 'test'}/${half}/${i}.${ending}`]: file });
      }
    }
    const run = join(folder, 'mixed-run');
    const path = manifest('mixed', 'mixed', 'input: { size: 16, channels: 1 }\noptions: { network: mlp, epochs: 3, batchSize: 16 }\n');
    const learned = await lifelong(['run', path, '--strategy', 'finetune', '--out', run, '--json']);
    expect(learned.code).toBe(0);
    const report = JSON.parse((await lifelong(['report', run, '--format', 'json'])).stdout) as { readonly accuracy: number[][] };
    const files = ['down', 'left', 'up'].flatMap((half) => readdirSync(join(at, 'test', half)).map((name) => join(at, 'test', half, name)));
    const [first = ''] = files;
    files[0] = `${first}-renamed`; // the content tells what it is
    renameSync(first, files[0]);
    const { stdout } = await lifelong(['predict', run, ...files, '--json']);
    const { predictions } = JSON.parse(stdout) as { readonly predictions: readonly { readonly file: string; readonly class: string }[] };
    const right = predictions.filter((prediction) => prediction.file.includes(`test/${prediction.class}/`)).length;
    expect([predictions.length, right / 24]).toEqual([24, report.accuracy[0]?.[0]]);
    expect(right).toBeGreaterThan(8); // more than chance and less than all: the two can differ
    expect(right).toBeLessThan(24);
    const refused = await lifelong(['predict', run, files[0], '--max-pixels', '5']);
    expect(refused.stderr).toMatch(/at most 5 pixels expected/);
  });
});

describe('images: what a decoder could take for something else', () => {
  const pixels = async (bytes: Uint8Array) => {
    const { shape, bytes: found } = await decodeImage(bytes, 'image');
    return [shape[2], Array.from(found)];
  };
  const two = { width: 2, height: 1 };
  const redAndBlue = [255, 0, 0, 0, 0, 255];

  it('images: palettes become colours, few bits the whole range', async () => {
    const PLTE = redAndBlue;
    expect(await pixels(pngOf({ ...two, depth: 8, colour: 3, rows: [[0, 1]], chunks: { PLTE } }))).toEqual([3, redAndBlue]);
    expect(await pixels(pngOf({ ...two, depth: 2, colour: 3, rows: [[0b00010000]], chunks: { PLTE } }))).toEqual([3, redAndBlue]);
    const transparent = [255, 0, 0, 7, 0, 0, 255, 255];
    expect(await pixels(pngOf({ ...two, depth: 8, colour: 3, rows: [[0, 1]], chunks: { PLTE, tRNS: [7] } }))).toEqual([4, transparent]);
    expect(await pixels(pngOf({ ...two, depth: 1, colour: 0, rows: [[0b01000000]] }))).toEqual([1, [0, 255]]);
    expect(await pixels(pngOf({ ...two, depth: 4, colour: 0, rows: [[0x0f]] }))).toEqual([1, [0, 255]]);
  });

  it('images: 16 bits are scaled and rounded, not cut off', async () => {
    const rows = [[0x00, 0xff, 0x80, 0x80]]; // 255 and 32896 of 65535: 0.99 and 128 of 255
    expect(await pixels(pngOf({ ...two, depth: 16, colour: 0, rows }))).toEqual([1, [1, 128]]);
    expect(await pixels(pngOf({ width: 1, height: 1, depth: 16, colour: 6, rows: [[255, 255, 0, 0, 0, 200, 128, 128]] }))).toEqual([
      4,
      [255, 0, 1, 128],
    ]);
  });

  it('images: four inks become red, green and blue, inverted ones too', async () => {
    for (const bytes of [cmykJpeg([255, 128, 1, 255], true), cmykJpeg([0, 127, 254, 0], false)]) {
      const { shape, bytes: found } = await decodeImage(bytes, 'inks.jpg');
      expect([shape, Array.from(found.subarray(0, 3))]).toEqual([
        [8, 8, 3],
        [255, 128, 1],
      ]);
    }
  });

  it('images: transparency is left out and said', async () => {
    const transparent = pngOf({ ...two, depth: 8, colour: 6, rows: [[10, 20, 30, 0, 40, 50, 60, 255]] });
    const at = writeFiles(join(folder, 'alpha'), Object.fromEntries(Object.keys(eight()).map((name) => [name, transparent])));
    const stream = await loadStream(manifest('alpha', at));
    const [task] = await tasksOf(stream);
    const { shape, inputs } = (await task?.test.read(Int32Array.of(0))) ?? { shape: [], inputs: [] };
    expect([shape, Array.from(inputs, (value) => Math.round(value * 255))]).toEqual([
      [1, 2, 3],
      [10, 20, 30, 40, 50, 60],
    ]);
    await readStream(stream);
    expect(stream.notes?.()).toEqual(['folder: 8 of 8 images read so far: read without their transparency']);
  });

  it('images: colours that become grey because the first image is grey are said', async () => {
    const data = Uint8Array.from({ length: 3 * side * side }, (_, i) => (i % 3) * 100);
    const colours = encode({ width: side, height: side, channels: 3, depth: 8, data });
    const stream = await loadStream(manifest('grey', writeFiles(join(folder, 'grey-first'), eight({ 'right/1.png': colours }))));
    await readStream(stream);
    expect(stream.notes?.()).toEqual(['folder: 1 of 8 images read so far: read as grey, with colours in the file']);
  });

  it('images: a damaged image that another stands in for is said, the first one too', async () => {
    const at = writeFiles(join(folder, 'standing-in'), eight({ 'left/0.png': png('left').subarray(0, 50) }));
    const stream = await loadStream(manifest('standing', at), { set: { 'data.corrupt': 'skip' } });
    await readStream(stream);
    expect(stream.notes?.()).toEqual(['folder: 1 of 8 images read so far: damaged, another of their class stands in']);
  });

  it('images: BMP with a palette, compressed or of few bits is refused; grey and colours are read', async () => {
    const grey = Array.from({ length: 256 }, (_, i) => [i, i, i, 0]).flat();
    expect(await pixels(bmpOf(8, grey, [7, 9, 0, 0]))).toEqual([1, [7, 9]]);
    expect(await pixels(bmpOf(24, [], [0, 0, 255, 255, 0, 0, 0, 0]))).toEqual([3, redAndBlue]);
    for (const bytes of [
      bmpOf(8, [0, 0, 255, 0, 255, 0, 0, 0], [0, 1, 0, 0]),
      bmpOf(8, grey, [2, 1, 0, 1], 1),
      bmpOf(1, [0, 0, 0, 0, 255, 255, 255, 0], [64, 0, 0, 0]),
    ]) {
      await expect(decodeImage(bytes, 'a.bmp')).rejects.toMatchObject({ code: 'data', hint: 'save it as PNG' });
    }
  });

  it('images: of an animation the first frame is read, and said', async () => {
    const still = Buffer.from('R0lGODdhAgABAIEAAP8AAAAA/wAAAAAAACwAAAAAAgABAAAIBQABBAgIADs=', 'base64');
    const frame = still.subarray(still.indexOf(','), -1);
    const animated = Buffer.concat([still.subarray(0, -1), ...Array<Buffer>(3).fill(frame), Buffer.from(';')]);
    const found = await decodeImage(animated, 'a.gif');
    expect([Array.from(found.bytes), found.changes]).toEqual([redAndBlue, ['read at their first frame']]);
    expect((await decodeImage(still, 'b.gif')).changes).toEqual([]);
  });
});
