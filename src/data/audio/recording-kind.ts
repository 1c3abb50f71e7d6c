import type { FileKind } from '../class-folders/file-kind.js';
import { readStart } from '../files.js';
import { isWav } from './wav-header.js';

/** Recordings, as files in class folders. */
export const recordingKind: FileKind = {
  one: 'recording',
  many: 'recordings',
  isName: (name) => /\.wav$/i.test(name),
  recognizes: async (path) => isWav(await readStart(path, 12)),
  advice: 'save recordings as WAV, or remove the folder',
};
