import { join } from 'node:path';
import { encode } from 'fast-png';
import { from, lastValueFrom, toArray } from 'rxjs';
import { LifelongError } from '../core/errors.js';
import type { TaskStream } from '../core/stream.js';
import type { ClassName, Task } from '../core/task.js';
import { classPositions } from '../data/class-positions.js';
import { writeBytes } from '../data/files.js';

/** A picture of a task's training images: one row for each class, from the top. */
export interface ContactSheet {
  readonly task: string;
  readonly path: string;
  readonly rows: readonly ClassName[];
}

const columns = 12;
const gap = 2;
const grey = 128;

/**
 * Writes `task-<index>.png` for every task of a finite stream of images, and says which row shows which class.
 *
 * @throws LifelongError `usage` for a stream of vectors or of unknown length, `data` when the data are wrong
 */
export async function writeContactSheets(stream: TaskStream, folder: string): Promise<ContactSheet[]> {
  if (stream.size === undefined) throw new LifelongError('usage', `stream ${stream.name}: a stream of known length expected`);
  const sheets: ContactSheet[] = [];
  for (const task of await lastValueFrom(from(stream.tasks()).pipe(toArray()))) {
    const path = join(folder, `task-${task.index}.png`);
    await writeBytes(path, await drawSheet(task));
    sheets.push({ task: task.id, path, rows: task.classes });
  }
  return sheets;
}

/** PNG of the first training images of each class, small ones enlarged. */
async function drawSheet(task: Task): Promise<Uint8Array> {
  const [height = 0, width = 0, channels = 0] = task.inputShape;
  if (task.inputShape.length !== 3) {
    throw new LifelongError('usage', `task ${task.id}: images expected, found inputs of shape [${task.inputShape.join(', ')}]`);
  }
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
