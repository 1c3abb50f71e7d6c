import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkStream } from '../../src/streams/check-stream.js';
import { loadStream } from '../../src/streams/load-stream.js';
import { tempFolder } from '../data/temp-folder.js';
import { tone, wav } from '../support/wav-files.js';
import { writeFiles } from './picture-files.js';

const folder = tempFolder();
let count = 0;

type Files = Readonly<Record<string, string | Uint8Array>>;

/** Two words of four recordings each, and other files. */
const twoWords = (more: Files = {}): Files => ({
  ...Object.fromEntries(
    [400, 900].flatMap((hertz) => [0, 1, 2, 3].map((i) => [`words/${hertz}/${i}.wav`, wav([tone(hertz + 10 * i, 0.4)])])),
  ),
  ...more,
});

async function check(files: Files, data: string) {
  const at = writeFiles(join(folder, String(count++)), {
    ...files,
    'stream.yaml': `name: words\ndata: ${data}\ntasks: { split: 1 }\nfeatures: pixels\n`,
  });
  return checkStream(await loadStream(join(at, 'stream.yaml')));
}
const inFolders = (files: Files, more = '') => check(files, `{ source: audio-folder, path: words, test: 25%${more} }`);

const bad = (channel: ArrayLike<number>, change: (file: Buffer) => Buffer | undefined = () => undefined, form = {}) => {
  const file = wav([channel], form);
  return change(file) ?? file;
};
const set16 = (value: number, behind: number) => (file: Buffer) => {
  file.writeUInt16LE(value, file.indexOf('fmt ') + 8 + behind);
  return file;
};
const sound = tone(500, 0.4);

describe('recordings that cannot be heard', () => {
  it.each<[string, Uint8Array, string, string]>([
    ['empty', new Uint8Array(0), 'a WAV, FLAC or Ogg recording expected, found an empty file', 'remove the file, or copy it again'],
    ['no samples', wav([[]]), 'a recording with samples expected, found none', 'remove the file, or record it again'],
    ['silent', wav([new Float32Array(8000)]), 'sound expected, found silence', 'remove the file, or record it again'],
    ['text', Buffer.from('hello'), 'a WAV, FLAC or Ogg recording expected, found other bytes', 'remove the file'],
    ['MP3', Buffer.from('ID3 and more of it'), 'a WAV, FLAC or Ogg recording expected, found MP3', 'save the recording as WAV'],
    [
      'FLAC in its name alone',
      Buffer.from('fLaC and more of it'),
      'a FLAC header expected, found other bytes',
      'the file is cut off or damaged: copy it again',
    ],
    [
      'Ogg in its name alone',
      Buffer.from('OggS and more of it, which are no pages'),
      'an Ogg recording that is whole expected, found one that is cut off',
      'copy the file again',
    ],
    [
      'not a number',
      bad(Float32Array.of(0.1, NaN, 0.2), undefined, { bits: 32, float: true }),
      'finite samples expected, found NaN at 0.000 s',
      'save the recording again, or remove the file',
    ],
    [
      'cut off',
      bad(sound, (file) => file.subarray(0, 5000)),
      '12800 bytes of sound, as its header says, expected, found 4956: the file is cut off',
      'copy the file again',
    ],
    [
      'cut off in its header',
      bad(sound, (file) => file.subarray(0, 30)),
      'a format and sound in the WAV file expected, found no format',
      'the file is cut off: copy it again',
    ],
    [
      'cut off behind its format',
      bad(sound, (file) => file.subarray(0, 36)),
      'a format and sound in the WAV file expected, found no sound',
      'the file is cut off: copy it again',
    ],
    [
      'no channels',
      bad(sound, set16(0, 2)),
      'a header that agrees with itself expected, found 0 channels of 16 bits in 2 bytes',
      'save the recording again',
    ],
    [
      'three channels in two bytes',
      bad(sound, set16(3, 2)),
      'a header that agrees with itself expected, found 3 channels of 16 bits in 2 bytes',
      'save the recording again',
    ],
    [
      'of 12 bits',
      bad(sound, set16(12, 14)),
      'PCM of 8, 16, 24 or 32 bits, floats of 32 or 64, A-law, u-law or ADPCM expected, found coding 1 of 12 bits',
      'save the recording as PCM of 16 bits',
    ],
    [
      'of an unknown coding',
      bad(sound, set16(85, 0)),
      'PCM of 8, 16, 24 or 32 bits, floats of 32 or 64, A-law, u-law or ADPCM expected, found coding 85 of 16 bits',
      'save the recording as PCM of 16 bits',
    ],
    [
      'of a strange rate',
      wav([sound], { rate: 100 }),
      '4000 to 384000 samples a second expected, found 100',
      'save the recording at 16000',
    ],
    ['too long', wav([tone(300, 31, 4000)], { rate: 4000 }), 'at most 30 s expected, found 31.0 s', 'cut the recording into parts'],
  ])('%s: the file is named, with what to do', async (_, content, message, hint) => {
    const error: unknown = await inFolders(twoWords({ 'words/400/z.wav': content })).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'data', message: `${join(folder, String(count - 1), 'words/400/z.wav')}: ${message}`, hint });
  });

  it('sound that begins behind what is kept', async () => {
    const late = new Float32Array(8000);
    late.set(tone(300, 0.1), 6000);
    await expect(inFolders(twoWords({ 'words/400/z.wav': wav([late]) }), ', seconds: 0.25')).rejects.toThrow(
      'z.wav: sound in its first 0.25 s expected, found silence',
    );
  });
});

describe('folders of recordings', () => {
  it('with files of systems and texts in them: those of systems are left out, texts are counted', async () => {
    const { tasks, warnings } = await inFolders(
      twoWords({
        'words/.DS_Store': 'x',
        'words/400/.DS_Store': 'x',
        'words/400/._0.wav': 'x',
        'words/900/notes.txt': 'x',
        'words/README.md': 'x',
      }),
    );
    expect(tasks.map(({ train, validation, test, inputShape }) => [train + validation, test, inputShape])).toEqual([[6, 2, [100, 80]]]);
    expect(warnings).toEqual(['audio-folder: 1 file left out, no recordings by their content: .txt 1 (first: 900/notes.txt)']);
  });

  it('may have WAV, FLAC and Ogg files beside each other, whatever they are called', async () => {
    const sound = (name: string) => readFileSync(join(import.meta.dirname, '../fixtures/sounds', name));
    const more = { 'a.flac': sound('sweep.flac'), 'b.ogg': sound('sweep.ogg'), 'c.opus': sound('sweep.opus'), d: sound('stereo.flac') };
    const { tasks, warnings } = await inFolders(
      twoWords(Object.fromEntries(Object.entries(more).map(([name, content]) => [`words/400/${name}`, content]))),
    );
    expect(tasks.map(({ train, validation, test }) => train + validation + test)).toEqual([12]);
    expect(warnings).toEqual(['audio-folder: 1 of 12 recordings read so far: 2 channels averaged']);
  });

  it('say what was averaged and what was cut', async () => {
    const { warnings } = await inFolders(
      twoWords({
        'words/400/two.wav': wav([tone(400, 1.5), tone(400, 1.5)]),
        'words/900/other.wav': wav([tone(900, 0.2, 44_100)], { rate: 44_100 }),
      }),
    );
    expect(warnings).toEqual([
      'audio-folder: 1 of 10 recordings read so far: 2 channels averaged',
      'audio-folder: 1 of 10 recordings read so far: longer than 1 s, cut',
    ]);
  });

  it('of other files are refused, with what to do', async () => {
    await expect(inFolders(twoWords({ 'words/600/a.mp3': 'ID3', 'words/600/b.mp3': 'ID3' }))).rejects.toMatchObject({
      message: expect.stringMatching(/600: recordings of class "600" expected, found none among 2 other files \(\.mp3 2\)$/) as string,
      hint: 'save recordings as WAV, FLAC or Ogg, or remove the folder',
    });
  });
});

describe('recordings with the class in their names', () => {
  const named = (): Files =>
    Object.fromEntries(
      ['yes', 'no'].flatMap((word) =>
        [0, 1, 2, 3].map((take) => [`all/${word}_ann_${take}.wav`, wav([tone(word === 'yes' ? 400 : 900, 0.3 + take / 100)])]),
      ),
    );
  const inOne = (more: string, files = named()) =>
    check(files, `{ source: audio-folder, path: all, files: '{label}_{speaker}_{take}.wav', ${more} }`);

  it('are parted by what names say', async () => {
    const { tasks, warnings } = await inOne('parts: { test: { take: 0 }, validation: { take: [1] }, train: { take: 2-9 } }', {
      ...named(),
      'all/README.md': 'x',
    });
    expect(tasks.map(({ train, validation, test, classes }) => [train, validation, test, classes.map(({ name }) => name)])).toEqual([
      [4, 2, 2, ['no', 'yes']],
    ]);
    expect(warnings).toEqual([expect.stringContaining('1 file left out, not named {label}_{speaker}_{take}.wav (first: README.md)')]);
  });

  it.each([
    ['parts: { test: { takes: 0 } }', /data\.parts\.test: fields of .* expected, which are label, speaker, take, found takes$/],
    ['only: { speaker: bob }, parts: { test: { take: 0 } }', /all: recordings for train expected, found none$/],
    ['parts: { test: { take: 7 } }', /all: recordings for test expected, found none$/],
    ['parts: { test: { take: 0-1 }, train: { take: 1-3 } }', /_1\.wav: a recording in one part expected, found it in train and test$/],
    [
      'parts: { test: { take: 0 } }, babble: { snr: 0, only: { take: 1 } }',
      /all: 3 recordings or more for data\.babble expected, found 2$/,
    ],
    [
      'parts: { test: { take: 0 } }, babble: { snr: 0, only: { take: 1-3 } }',
      /_1\.wav: a recording for data\.babble or for a task expected, found it for both$/,
    ],
    ['babble: { snr: loud }', /snr: number expected, found "loud"/],
  ])('refuse %s', async (more, message) => {
    await expect(inOne(more)).rejects.toThrow(message);
  });

  it('refuse names that do not say the class, or that no file has', async () => {
    await expect(check(named(), "{ source: audio-folder, path: all, files: '{speaker}.wav' }")).rejects.toThrow(
      'a name with {label} in it expected',
    );
    await expect(check(named(), "{ source: audio-folder, path: all, files: '{label}-{take}.wav' }")).rejects.toThrow(
      /all: recordings named \{label\}-\{take\}\.wav expected, found none among 8 files \(first: no_ann_0\.wav\)$/,
    );
    await expect(check(named(), '{ source: audio-folder, path: all, only: { take: 1 } }')).rejects.toThrow(
      'data.only: data.files beside it expected, found none',
    );
  });
});

describe('tables of recordings', () => {
  const rows = [400, 900].flatMap((hertz) => [0, 1, 2, 3].map((i) => `words/${hertz}/${i}.wav,${hertz}`));
  const table = (lines: readonly string[], more = '') =>
    check(twoWords({ 'list.csv': ['path,label', ...lines].join('\n') }), `{ source: audio-table, train: list.csv, test: 25%${more} }`);

  it('take paths from their own folder, and labels that are numbers as numbers', async () => {
    const { tasks } = await table(rows);
    expect(tasks.map(({ train, validation, test, classes }) => [train + validation, test, classes.map(({ name }) => name)])).toEqual([
      [6, 2, [400, 900]],
    ]);
  });

  it.each([
    ['words/400/9.wav,400', /list\.csv:10: the path of a recording expected, found .*9\.wav, which is not there$/],
    [',400', /list\.csv:10: the path of a recording expected, found an empty field$/],
    ['words/400/0.wav,', /list\.csv:10: a label expected, found an empty field$/],
    ['./words/400/0.wav,900', /list\.csv:10: every recording once expected, found that of .*list\.csv:2 again$/],
  ])('refuse a row %s', async (row, message) => {
    await expect(table([...rows, row])).rejects.toThrow(message);
  });
});
