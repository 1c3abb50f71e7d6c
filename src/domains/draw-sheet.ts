import { encode } from 'fast-png';
import type { InputValues } from '../core/input.js';
import type { Task } from '../core/task.js';
import { classPositions } from '../data/class-positions.js';

const gap = 2;
const grey = 128;

/** How an example is drawn. */
export interface Drawing {
  /** Height and width of one, in pixels. */
  readonly size: readonly [height: number, width: number];
  /** How many of each class. */
  readonly columns: number;
  /** Of an example: red, green and blue in [0, 1] at each place. */
  readonly paint: (example: InputValues) => (y: number, x: number) => readonly [number, number, number];
}

/** PNG of the first training examples of each class, a row each, small ones enlarged. */
export async function drawSheet(task: Task, { size: [height, width], columns, paint }: Drawing): Promise<Uint8Array> {
  const zoom = Math.max(1, Math.round(64 / Math.max(height, width)));
  const [cellHeight, cellWidth] = [height * zoom + gap, width * zoom + gap];
  const sheet = { width: columns * cellWidth + gap, height: task.classes.length * cellHeight + gap };
  const data = new Uint8Array(sheet.width * sheet.height * 3).fill(grey);
  const rows = await classPositions(task.train, task.classes.length);
  for (const [row, positions] of rows.entries()) {
    const { inputs } = await task.train.read(positions.subarray(0, columns));
    const length = inputs.length / Math.min(columns, positions.length);
    for (let i = 0; i < Math.min(columns, positions.length); i++) {
      const colour = paint(inputs.subarray(i * length, (i + 1) * length));
      const [top, left] = [gap + row * cellHeight, gap + i * cellWidth];
      for (let y = 0; y < height * zoom; y++) {
        for (let x = 0; x < width * zoom; x++) {
          const values = colour(Math.floor(y / zoom), Math.floor(x / zoom));
          for (const [c, value] of values.entries()) {
            data[((top + y) * sheet.width + left + x) * 3 + c] = Math.round(255 * Math.min(1, Math.max(0, value)));
          }
        }
      }
    }
  }
  return encode({ ...sheet, data, channels: 3, depth: 8 });
}
