import type { Task } from '../core/task.js';
import { drawSheet } from './draw-sheet.js';

/** Widest spectrogram that is drawn; of a longer one so many frames are, evenly spread. */
const mostFrames = 300;

/** Whisper's spectrograms span 2 from the loudest place down. */
const span = 2;

/** PNG of the spectrograms of the first training recordings of each class: time to the right, high bands on top, what is loud bright. */
export function drawSpectrogramSheet(task: Task): Promise<Uint8Array> {
  const [frames = 0, bands = 0] = task.input.shape;
  const width = Math.min(frames, mostFrames);
  return drawSheet(task, {
    size: [bands, width],
    columns: Math.max(2, Math.min(8, Math.floor(1200 / width))),
    paint(spectrogram) {
      let loudest = -Infinity;
      for (const value of spectrogram) loudest = Math.max(loudest, value);
      return (y, x) => {
        const value = spectrogram[Math.floor((x * frames) / width) * bands + bands - 1 - y] as number;
        return heat(1 - (loudest - value) / span);
      };
    },
  });
}

/** From black by violet, red and yellow to white. */
const heat = (share: number): readonly [number, number, number] => [
  Math.min(1, 1.6 * share),
  Math.max(0, 2 * share - 0.9),
  share < 0.5 ? share : Math.abs(2 * share - 1.4),
];
