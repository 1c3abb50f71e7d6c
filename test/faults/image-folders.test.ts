import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadStream } from '../../src/streams/load-stream.js';
import { lifelong } from '../cli/lifelong.js';
import { tempFolder } from '../data/temp-folder.js';
import { tasksOf } from '../streams/tiny-data.js';
import { writeFiles } from './picture-files.js';
import { type Half, png, twoClasses, manifest as manifestIn, type Check, check, sizes } from './picture-streams.js';

const folder = tempFolder();
const manifest = (name: string, data: string, more?: string) => manifestIn(folder, name, data, more);

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

it('P3: images are known by their content; what is left out is counted, by check, run and report', { timeout: 240_000 }, async () => {
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
