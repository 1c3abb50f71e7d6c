import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../data/make-folder.js';
import { readEvents } from '../checkpoint/store.js';
import type { TimedEvent } from '../checkpoint/store.js';
import { LifelongError } from '../core/errors.js';
import { encodeRecord, encodeScalar, encodeVersion } from './tfevents.js';

/**
 * Writes the events of a run as a TensorBoard log, in a file of its own name in `folder` (made if it is missing).
 *
 * @returns the path of the file
 * @throws LifelongError `storage` when it cannot be written, and what reading a run throws
 * @example
 * await writeTensorboard('checkpoints/demo', 'logs/demo'); // then: tensorboard --logdir logs
 */
export async function writeTensorboard(run: string, folder: string): Promise<string> {
  const events: TimedEvent[] = [];
  for await (const event of readEvents(run)) events.push(event);
  const seconds = Math.floor(Date.parse(events[0]?.time ?? '1970-01-01T00:00:00Z') / 1000);
  const path = join(folder, `events.out.tfevents.${seconds}.lifelong`);
  try {
    await makeFolder(folder);
    await writeFile(path, encodeTensorboard(events));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LifelongError('storage', `TensorBoard log ${path}: a writable place expected, found ${why}`, 'choose another folder', {
      cause,
    });
  }
  return path;
}

/**
 * The bytes of a TensorBoard event file.
 *
 * Steps: `accuracy/…`, `average accuracy`, `decision/…` and `parameters/…` count tasks; `task i/…` counts the epochs of the task, `search i/…`
 * its samples; `accuracy during/…` counts the times that accuracy during training was measured on the task.
 */
export function encodeTensorboard(events: readonly TimedEvent[]): Uint8Array {
  const start = events[0] === undefined ? 0 : secondsOf(events[0]);
  const records = [encodeRecord(encodeVersion(start)), ...scalarsOf(events).map((scalar) => encodeRecord(encodeScalar(scalar)))];
  return new Uint8Array(Buffer.concat(records));
}

const secondsOf = (event: TimedEvent) => Date.parse(event.time) / 1000;

interface Scalar {
  readonly seconds: number;
  readonly step: number;
  readonly tag: string;
  readonly value: number;
}

function scalarsOf(events: readonly TimedEvent[]): Scalar[] {
  const epochs = new Map<string, number>();
  let parameters = 0;
  return events.flatMap((event) => {
    const at = (step: number, values: Record<string, number | null | undefined>) => toScalars(secondsOf(event), step, values);
    switch (event.type) {
      case 'epoch-ended': {
        const series = `task ${event.task}/${event.phase}`;
        const step = (epochs.get(series) ?? 0) + 1;
        epochs.set(series, step);
        return at(step, {
          [`${series} loss`]: event.loss,
          [`${series} validation accuracy`]: event.validationAccuracy,
          [`${series} learning rate`]: event.learningRate,
        });
      }
      case 'candidate-evaluated':
        return at(event.sample, { [`search ${event.task}/accuracy`]: event.accuracy });
      case 'decision-made':
        return at(event.task, { 'decision/divergence': event.decision.divergence, 'decision/noise floor': event.decision.noiseFloor });
      case 'accuracy-tracked': {
        const series = `accuracy during/on task ${event.on}`;
        const step = (epochs.get(series) ?? 0) + 1;
        epochs.set(series, step);
        return at(step, { [series]: event.accuracy });
      }
      case 'task-evaluated':
        return at(event.task, { [`accuracy/on task ${event.on}`]: event.accuracy });
      case 'task-learned':
        parameters += event.record.addedParameters;
        return at(event.task, { 'parameters/all': parameters, 'parameters/added': event.record.addedParameters });
      default:
        return [];
    }
  });
}

function toScalars(seconds: number, step: number, values: Record<string, number | null | undefined>): Scalar[] {
  return Object.entries(values).flatMap(([tag, value]) =>
    typeof value === 'number' && Number.isFinite(value) ? [{ seconds, step, tag, value }] : [],
  );
}
