import { frameStep, melCount, mostSeconds, soundRate } from '../data/audio/log-mel.js';
import { recordingKind } from '../data/audio/recording-kind.js';
import type { DomainKind } from './domain.js';

const mostFrames = (mostSeconds * soundRate) / frameStep;

/** Sounds as log-mel spectrograms `[frames, 80]`, a frame every 10 ms, as Whisper sees them. */
export const audio: DomainKind = {
  inputs: 'sounds as log-mel spectrograms [frames, 80]',
  accepts: ({ shape, dtype }) => shape.length === 2 && shape[1] === melCount && dtype === 'float32',
  features: 'whisper-tiny',
  range: null,
  padded: false,
  augment: null,
  files: {
    name: 'a recording',
    recognizes: async (path) => recordingKind.isName(path) || (await recordingKind.recognizes(path)),
    async read(path, { shape }) {
      const { readSpectrogram } = await import('../data/audio/read-spectrogram.js');
      return readSpectrogram(path, shape[0] ?? 0);
    },
  },
  drawSheet: async (task) => (await import('./draw-spectrogram-sheet.js')).drawSpectrogramSheet(task),
  doubts: ({ shape }) => ((shape[0] ?? 0) > mostFrames ? [`sounds of more than ${mostSeconds} s, which no network here takes`] : []),
};
