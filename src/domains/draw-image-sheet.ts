import type { Task } from '../core/task.js';
import { drawSheet } from './draw-sheet.js';

/** PNG of the first training images of each class. */
export function drawImageSheet(task: Task): Promise<Uint8Array> {
  const [height = 0, width = 0, channels = 0] = task.input.shape;
  return drawSheet(task, {
    size: [height, width],
    columns: 12,
    paint: (image) => (y, x) => {
      const channel = (c: number) => image[(y * width + x) * channels + Math.min(c, channels - 1)] as number;
      return [channel(0), channel(1), channel(2)];
    },
  });
}
