import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { LifelongError } from '../core/errors.js';
import type { LearnEvent } from '../core/events.js';
import { formatEventLine, parseEventLines, type TimedEvent } from './event-line.js';
import { sha256, type EventsMark, type RunFile } from './run-file.js';
import { errorCode, storageError } from './storage-error.js';

export const eventsName = 'events.ndjson';

/** The writing end of events.ndjson. */
export interface EventLog {
  append(event: LearnEvent): Promise<void>;
  /** Makes everything appended so far durable and says how much it is. */
  mark(): Promise<EventsMark>;
  close(): Promise<void>;
}

/** The mark of an empty log. */
export const emptyMark: EventsMark = { bytes: 0, lines: 0, sha256: sha256('') };

/**
 * Opens the log of a run whose saved state covers the lines up to its mark. Later lines tell of work that was lost and will be done again;
 * they are cut off before the first new line is written, so that the log has every epoch once. Those directly behind the mark that tell of
 * the saved state itself stay: results of its learned tasks, that it was saved, that the run was finished where it is.
 *
 * @throws LifelongError `run-corrupt` when the lines up to the mark are not what they were
 */
export async function openEventLog(root: string, saved: Pick<RunFile, 'events' | 'tasks' | 'status'>): Promise<EventLog> {
  const mark = saved.events;
  const path = join(root, eventsName);
  const found = await readEventBytes(root, mark.bytes > 0);
  const problem = markProblem(found, mark);
  if (problem !== undefined)
    throw new LifelongError('run-corrupt', `${path}: ${problem}`, 'bring the file back from a copy; nothing was changed');

  let { bytes, lines } = mark;
  for (const { event, end, torn } of parseEventLines(found.subarray(mark.bytes))) {
    if (torn || event === undefined || !tellsOf(saved, event)) break;
    bytes = mark.bytes + end;
    lines++;
  }
  const hash = createHash('sha256').update(found.subarray(0, bytes));
  let surplus = found.length > bytes;
  let synced = false;
  let file: FileHandle | undefined;

  const writable = async (): Promise<FileHandle> => {
    file ??= await open(path, 'r+').catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT' && bytes === 0) return open(path, 'w+');
      throw error;
    });
    if (surplus) await file.truncate(bytes);
    surplus = false;
    return file;
  };

  return {
    async append(event) {
      const line = Buffer.from(formatEventLine(event, new Date().toISOString()));
      try {
        const { fd } = await writable();
        surplus = true;
        // at once: it takes microseconds, and handing a line to another thread many times as long
        for (let done = 0; done < line.length;) done += writeSync(fd, line, done, line.length - done, bytes + done);
        surplus = false;
      } catch (error) {
        throw storageError(error, 'cannot write', path);
      }
      hash.update(line);
      bytes += line.length;
      lines++;
      synced = false;
    },
    async mark() {
      try {
        if (!synced) await (await writable()).sync();
      } catch (error) {
        throw storageError(error, 'cannot write', path);
      }
      synced = true;
      return { bytes, lines, sha256: hash.copy().digest('hex') };
    },
    async close() {
      await file?.close();
      file = undefined;
    },
  };
}

/**
 * The events of a run in order, while it goes on or later. A torn last line is passed over.
 *
 * @throws LifelongError `run-missing` without a log, `run-corrupt` for a damaged line, with its number
 */
export async function* readEvents(root: string): AsyncGenerator<TimedEvent, void, undefined> {
  const path = join(root, eventsName);
  for (const { number, event, torn } of parseEventLines(await readEventBytes(root, true))) {
    if (event) yield event;
    else if (!torn)
      throw new LifelongError('run-corrupt', `${path}: line ${number} is damaged`, `\`lifelong verify ${root}\` lists everything that is`);
  }
}

/** What is wrong with the lines that a saved state covers, or undefined. */
export function markProblem(log: Uint8Array, mark: EventsMark): string | undefined {
  if (log.length < mark.bytes) return `${mark.bytes} bytes or more expected, ${log.length} found`;
  const found = sha256(log.subarray(0, mark.bytes));
  return found === mark.sha256
    ? undefined
    : `checksum ${mark.sha256.slice(0, 8)}… expected for its first ${mark.bytes} bytes, found ${found.slice(0, 8)}…`;
}

function tellsOf({ tasks, status }: Pick<RunFile, 'tasks' | 'status'>, event: TimedEvent): boolean {
  switch (event.type) {
    case 'checkpoint-saved':
    case 'task-evaluated':
    case 'task-learned':
      return event.task < tasks.length;
    case 'run-finished':
      return status === 'complete';
    default:
      return false;
  }
}

/** All bytes of a run's log. @throws LifelongError `run-corrupt` where it is `needed` and missing */
export async function readEventBytes(root: string, needed: boolean): Promise<Uint8Array> {
  const path = join(root, eventsName);
  try {
    return await readFile(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw storageError(error, 'cannot read', path);
    if (needed) throw new LifelongError('run-corrupt', `${path}: an event log expected, found none`, 'bring the file back from a copy');
    return new Uint8Array();
  }
}
