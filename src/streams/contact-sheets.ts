import { join } from 'node:path';
import { from, lastValueFrom, toArray } from 'rxjs';
import { LifelongError } from '../core/errors.js';
import type { TaskStream } from '../core/stream.js';
import type { ClassName, Task } from '../core/task.js';
import { writeBytes } from '../data/files.js';
import { domainOf } from '../domains/registry.js';

/** A picture of a task's training images, or of the spectrograms of its sounds: one row for each class, from the top. */
export interface ContactSheet {
  readonly task: string;
  readonly path: string;
  readonly rows: readonly ClassName[];
}

/**
 * Writes `task-<index>.png` for every task of a finite stream whose inputs are images or sounds, and says which row shows which class.
 *
 * @throws LifelongError `usage` for a stream without either or of unknown length, `data` when the data are wrong
 */
export async function writeContactSheets(stream: TaskStream, folder: string): Promise<ContactSheet[]> {
  if (stream.size === undefined) throw new LifelongError('usage', `stream ${stream.name}: a stream of known length expected`);
  const sheets: ContactSheet[] = [];
  let unseen: Task | undefined;
  for (const task of await lastValueFrom(from(stream.tasks()).pipe(toArray()))) {
    const { drawSheet } = domainOf(task.input);
    if (!drawSheet) {
      unseen ??= task;
      continue;
    }
    const path = join(folder, `task-${task.index}.png`);
    await writeBytes(path, await drawSheet(task));
    sheets.push({ task: task.id, path, rows: task.classes });
  }
  if (unseen && sheets.length === 0) {
    throw new LifelongError(
      'usage',
      `task ${unseen.id}: images or sounds expected, found inputs of shape [${unseen.input.shape.join(', ')}]`,
    );
  }
  return sheets;
}
