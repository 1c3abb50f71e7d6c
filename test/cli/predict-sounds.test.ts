import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { finetune, learn, loadStream } from '../../src/index.js';
import { tempFolder } from '../data/temp-folder.js';
import { writeFiles } from '../faults/picture-files.js';
import { writeTinyWhisper } from '../support/tiny-whisper.js';
import { tone, wav } from '../support/wav-files.js';
import { lifelong } from './lifelong.js';

const folder = tempFolder();
const run = join(folder, 'run');
const sounds = { low: 400, high: 2000 };

beforeAll(async () => {
  writeFiles(folder, {
    ...Object.fromEntries(
      Object.entries(sounds).flatMap(([name, hertz]) =>
        Array.from({ length: 16 }, (_, i) => [`words/${name}/${i}.wav`, wav([tone(hertz + 9 * i, 0.2)])] as const),
      ),
    ),
    'stream.yaml': `name: sounds\ndata: { source: audio-folder, path: words, seconds: 0.3 }\ntasks: { split: 1 }\nfeatures: "whisper-tiny:${writeTinyWhisper().weights}"\n`,
    'low.wav': wav([tone(450, 0.25, 8000), tone(450, 0.25, 8000)], { rate: 8000 }),
    'high.wav': wav([tone(2050, 0.8)], { bits: 24 }),
    'no ending': wav([tone(2050, 0.2)]),
    'broken.wav': 'RIFF',
    'list.txt': 'low.wav\n',
  });
  const strategy = finetune({ network: 'mlp', units: 16, epochs: 6, batchSize: 8, learningRate: 0.02 });
  await lastValueFrom(learn(await loadStream(join(folder, 'stream.yaml')), strategy, { run }));
  strategy.dispose();
});

const predict = (...names: string[]) => lifelong(['predict', run, ...names.map((name) => join(folder, name))]);

describe('lifelong predict, of sounds', () => {
  it('takes WAV files of any rate, channels and length, and says what it changed', async () => {
    const { code, stdout, stderr } = await predict('low.wav', 'high.wav', 'no ending');
    expect(code, stderr).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split('\t')[1]),
    ).toEqual(['low', 'high', 'high']);
    expect(stderr).toContain('low.wav: 2 channels averaged');
    expect(stderr).toContain('high.wav: longer than 0.3 s, cut');
  });

  it('refuses other files, naming them', async () => {
    const broken = await predict('broken.wav');
    expect([broken.code, broken.stderr]).toEqual([
      2,
      expect.stringContaining('broken.wav: a WAV, FLAC or Ogg recording expected, found other bytes'),
    ]);
    const list = await predict('list.txt');
    expect([list.code, list.stderr]).toEqual([
      2,
      expect.stringContaining(
        'list.txt: sounds as log-mel spectrograms [frames, 80] of shape [30,80] expected, found a .txt file with a text a line',
      ),
    ]);
  });
});
