import type { FileExamples } from '../file-examples.js';
import { logMel, melCount } from './log-mel.js';
import { readRecording, samplesOf } from './recording.js';

/** The recording of a file as a task with spectrograms of so many frames sees it. @throws LifelongError `data` as `readRecording` */
export async function readSpectrogram(path: string, frames: number): Promise<FileExamples> {
  const { samples, changes } = await readRecording(path, samplesOf(frames));
  return { shape: [frames, melCount], inputs: logMel(samples), notes: changes.map((change) => `${path}: ${change}`) };
}
