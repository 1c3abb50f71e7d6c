import type { FileKind } from '../class-folders/file-kind.js';
import { readStart } from '../files.js';
import { isSound } from './decode-sound.js';

/** Recordings, as files in class folders. */
export const recordingKind: FileKind = {
  one: 'recording',
  many: 'recordings',
  isName: (name) => /\.(wav|flac|ogg|oga|opus)$/i.test(name),
  recognizes: async (path) => isSound(await readStart(path, 12)),
  advice: 'save recordings as WAV, FLAC or Ogg, or remove the folder',
};
