import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../src/data/images/decode-image.js';
import type { TaskStream } from '../../src/core/stream.js';
import { loadStream } from '../../src/streams/load-stream.js';
import { lifelong } from '../cli/lifelong.js';
import { tempFolder } from '../data/temp-folder.js';
import { readAll, tasksOf } from '../streams/tiny-data.js';
import { bmpOf, cmykJpeg, exif, jpeg, pngOf, withExif, writeFiles } from './picture-files.js';

const folder = tempFolder();
const side = 24;

/** Which half of a picture is bright. */
const halves = { down: [1, 0], left: [0, -1], right: [0, 1], up: [-1, 0] } as const;
type Half = keyof typeof halves;

function picture(half: Half, dark = 20, size = side): Uint8Array {
  const [dy, dx] = halves[half];
  const middle = (size - 1) / 2;
  return Uint8Array.from({ length: size * size }, (_, at) =>
    (Math.floor(at / size) - middle) * dy + ((at % size) - middle) * dx > 0 ? 230 : dark,
  );
}

const png = (half: Half, dark?: number, size = side): Uint8Array =>
  encode({ width: size, height: size, channels: 1, depth: 8, data: picture(half, dark, size) });

/** Four pictures of each of two classes, but for those that are given. */
const eight = (given: Readonly<Record<string, Uint8Array>> = {}): Record<string, Uint8Array> => ({
  ...Object.fromEntries([0, 1, 2, 3].flatMap((i) => (['left', 'right'] as const).map((half) => [`${half}/${i}.png`, png(half, i)]))),
  ...given,
});

/** Every example of a stream, read. */
async function readStream(stream: TaskStream): Promise<void> {
  for (const { train, validation, test } of await tasksOf(stream)) for (const split of [train, validation, test]) await readAll(split);
}

/** `count` pictures of each of two classes, with these endings in turn. */
async function twoClasses(count: number, ending: (i: number) => string, prefix = '', dark = 0): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for (const half of ['left', 'right'] as const) {
    for (let i = 0; i < count; i++) files[`${prefix}${half}/${i}${ending(i)}`] = await jpeg(picture(half, dark + i), [side, side, 1]);
  }
  return files;
}

/** A manifest over a folder of photographs, and the path of both. */
function manifest(name: string, data: string, more = ''): string {
  const path = join(folder, `${name}.yaml`);
  writeFileSync(path, `name: ${name}\ndata: { source: folder, path: ${data} }\ntasks: { split: 1 }\nfeatures: pixels\n${more}`);
  return path;
}

interface Check {
  readonly tasks: readonly {
    readonly train: number;
    readonly validation: number;
    readonly test: number;
    readonly classes: readonly { readonly name: string }[];
  }[];
  readonly warnings: readonly string[];
}

async function check(path: string): Promise<Check> {
  const { code, stdout, stderr } = await lifelong(['streams', 'check', path, '--json']);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Check;
}

const sizes = ({ tasks }: Check) =>
  tasks.map(({ train, validation, test, classes }) => [train + validation, test, classes.map(({ name }) => name)]);

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

describe('P2: links', () => {
  it('P2: class folders, parts and files that are links are followed', async () => {
    const at = join(folder, 'linked');
    writeFiles(folder, await twoClasses(6, () => '.jpg', 'elsewhere/train/'));
    writeFiles(folder, await twoClasses(2, () => '.jpg', 'elsewhere/test/', 50));
    mkdirSync(join(at, 'train'), { recursive: true });
    mkdirSync(join(at, 'train', 'right'));
    symlinkSync(join(folder, 'elsewhere/train/left'), join(at, 'train', 'left'));
    symlinkSync(join(folder, 'elsewhere/test'), join(at, 'test'));
    for (const name of readdirSync(join(folder, 'elsewhere/train/right'))) {
      symlinkSync(join(folder, 'elsewhere/train/right', name), join(at, 'train/right', name));
    }
    const found = await check(manifest('linked', 'linked'));
    expect([sizes(found), found.warnings]).toEqual([[[12, 4, ['left', 'right']]], []]);
  });

  it.each([
    [
      'a link back',
      (at: string) => {
        symlinkSync(at, join(at, 'left', 'again'));
      },
      /left.again: folders that end somewhere expected, found a link back to/,
    ],
    [
      'a link to itself',
      (at: string) => {
        symlinkSync(join(at, 'up'), join(at, 'up'));
      },
      /up: a link that leads to a file or folder expected, found one that does not/,
    ],
    [
      'a link to nothing',
      (at: string) => {
        symlinkSync(join(at, 'gone.png'), join(at, 'left', 'x.png'));
      },
      /x\.png: a link that leads to a file or folder expected/,
    ],
    [
      'one folder under two names',
      (at: string) => {
        symlinkSync(join(at, 'left'), join(at, 'links'));
      },
      /links: images of its own expected, found those of left/,
    ],
  ])('P2: %s is refused', async (name, link, message) => {
    const at = writeFiles(join(folder, name.replaceAll(' ', '-')), { 'left/0.png': png('left'), 'right/0.png': png('right') });
    link(at);
    await expect(loadStream(manifest('refused', at))).rejects.toMatchObject({
      code: 'data',
      message: expect.stringMatching(message) as string,
    });
  });
});

it('P3: images are known by their content; what is left out is counted, by check, run and report', { timeout: 120_000 }, async () => {
  const endings = ['.jpg', '.jfif', '.JPE', '.pjpeg', ''];
  const at = writeFiles(join(folder, 'endings'), await twoClasses(20, (i) => endings[i % endings.length] ?? ''));
  writeFiles(at, { 'left/notes.txt': 'BM or so', 'left/list.csv': 'a,b', 'right/Thumbs.db': 'x', 'right/readme': 'text' });
  const path = manifest('endings', 'endings', 'options: { network: mlp, epochs: 1 }\n');
  const found = await check(path);
  expect(sizes(found)).toEqual([[32, 8, ['left', 'right']]]);
  const note = 'folder: 3 files left out, no images by their content: .csv 1, .txt 1, no ending 1 (first: left/list.csv)';
  expect(found.warnings).toEqual([note]);
  const run = join(folder, 'endings-run');
  const { code, stderr } = await lifelong(['run', path, '--strategy', 'finetune', '--out', run, '--json']);
  expect([code, stderr]).toEqual([0, expect.stringContaining(note)]);
  const report = await lifelong(['report', run, '--format', 'json']);
  expect((JSON.parse(report.stdout) as Check).warnings).toContain(note);
});

describe('P4: layouts', () => {
  it.each([
    [
      'images in a folder below the class',
      { 'train/left/images': 'left', 'train/right/images': 'right', 'test/left/images': 'left', 'test/right/images': 'right' },
    ],
    ['Training and Test', { 'Training/left': 'left', 'Training/right': 'right', 'Test/left': 'left', 'Test/right': 'right' }],
    ['TRAIN and testing', { 'TRAIN/left': 'left', 'TRAIN/right': 'right', 'testing/left': 'left', 'testing/right': 'right' }],
    [
      'a folder too high',
      { 'photos/v1/train/left': 'left', 'photos/v1/train/right': 'right', 'photos/v1/test/left': 'left', 'photos/v1/test/right': 'right' },
    ],
  ])('P4: %s is read', async (name, folders) => {
    const files = Object.entries(folders).flatMap(([at, half]) => [0, 1, 2].map((i) => [`${at}/${i}.png`, png(half as Half, i)] as const));
    const at = writeFiles(join(folder, name.replaceAll(' ', '-')), Object.fromEntries(files));
    const [task] = await tasksOf(await loadStream(manifest('layout', at)));
    const counts = task && [task.classes, task.train.size + task.validation.size, task.test.size];
    expect(counts).toEqual([['left', 'right'], 6, 6]);
  });

  it.each([
    [
      'two data sets',
      ['v1/left/0.png', 'v1/right/0.png', 'v2/left/0.png'],
      /v1: images of class "v1" in one folder expected, found v1.left \(1\), v1.right \(1\)/,
    ],
    ['test without train', ['left/0.png', 'right/0.png', 'test/left/0.png'], /a folder "train" beside "test" expected, found none/],
    ['train twice', ['train/left/0.png', 'training/left/0.png'], /one folder for train expected, found train and training/],
    ['no class folders but images', ['0.png', '1.png'], /one folder for each class expected, found no folders and 2 images/],
    ['one name in two forms', ['\u00e9/0.png', 'e\u0301/0.png'], /class folders of different names expected, found "\u00e9" twice/],
  ])('P4: %s is refused, with where images are', async (name, paths, message) => {
    const at = writeFiles(
      join(folder, `refused-${name.replaceAll(' ', '-')}`),
      Object.fromEntries(paths.map((path) => [path, png('left')])),
    );
    await expect(loadStream(manifest('refused', at))).rejects.toMatchObject({
      code: 'data',
      message: expect.stringMatching(message) as string,
    });
  });

  it('P4: what lies beside the class folders is said', async () => {
    const at = join(folder, 'beside');
    writeFiles(at, { 'train/left/0.png': png('left'), 'train/left/1.png': png('left', 1), 'train/left/small/0.png': png('left') });
    writeFiles(at, { 'test/left/0.png': png('left', 2), 'extra/left/0.png': png('left'), 'cover.png': png('up') });
    expect((await loadStream(manifest('beside', at))).notes?.()).toEqual([
      'folder: 2 images left out, not in a class folder (first: cover.png)',
      'folder: left out beside the folders of train and test: extra',
    ]);
  });
});

it('P16: images with their channels first are doubted', async () => {
  const row = (label: string) =>
    JSON.stringify({ x: Array.from({ length: 3 }, () => Array.from({ length: 16 }, () => Array<number>(16).fill(0.5))), y: label });
  writeFileSync(join(folder, 'first.jsonl'), Array.from({ length: 20 }, (_, i) => row(i % 2 ? 'a' : 'b')).join('\n'));
  const path = join(folder, 'first.yaml');
  writeFileSync(path, 'name: first\ndata: { source: jsonl, train: first.jsonl, inputs: x, label: y }\ntasks: { split: 1 }\n');
  expect((await check(path)).warnings.join('\n')).toMatch(
    /images \[height, width, channels\] of 1, 3 or 4 channels expected, found \[3, 16, 16\]: 3 channels first\?/,
  );
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
