import { encode } from 'fast-png';
import type { Task } from '../core/task.js';
import { classPositions } from '../data/class-positions.js';

const columns = 12;
const gap = 2;
const grey = 128;

/** PNG of the first training images of each class, small ones enlarged. */
export async function drawImageSheet(task: Task): Promise<Uint8Array> {
  const [height = 0, width = 0, channels = 0] = task.input.shape;
  const zoom = Math.max(1, Math.round(64 / Math.max(height, width)));
  const [cellHeight, cellWidth] = [height * zoom + gap, width * zoom + gap];
  const sheet = { width: columns * cellWidth + gap, height: task.classes.length * cellHeight + gap };
  const data = new Uint8Array(sheet.width * sheet.height * 3).fill(grey);
  const rows = await classPositions(task.train, task.classes.length);
  for (const [row, positions] of rows.entries()) {
    const { inputs } = await task.train.read(positions.subarray(0, columns));
    for (let i = 0; i < Math.min(columns, positions.length); i++) {
      const [top, left] = [gap + row * cellHeight, gap + i * cellWidth];
      for (let y = 0; y < height * zoom; y++) {
        for (let x = 0; x < width * zoom; x++) {
          const pixel = (i * height * width + Math.floor(y / zoom) * width + Math.floor(x / zoom)) * channels;
          for (let c = 0; c < 3; c++) {
            const value = inputs[pixel + Math.min(c, channels - 1)] as number;
            data[((top + y) * sheet.width + left + x) * 3 + c] = Math.round(255 * Math.min(1, Math.max(0, value)));
          }
        }
      }
    }
  }
  return encode({ ...sheet, data, channels: 3, depth: 8 });
}
