import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { LearnEvent } from '../../src/core/events.js';
import { runVersion, type RunRecord, type TaskRecord } from '../../src/core/run-record.js';
import type { NamedArray, Snapshot } from '../../src/core/snapshot.js';

export const initialRecord: RunRecord = {
  version: runVersion,
  created: '2025-01-01T00:00:00.000Z',
  status: 'running',
  seconds: 0,
  stream: { name: 'digits', fingerprint: 'f0', tasks: 3, manifest: null, source: null },
  strategy: { name: 'par', options: { epochs: 2 } },
  seed: 0,
  limit: null,
  features: { asked: 'pixels', used: { image: { name: 'pixels', sha256: null, size: 196, normalization: null } }, standardize: true },
  environment: { lifelong: '0.1.0', node: 'v20', backend: 'tensorflow 2.15', threads: '2' },
  tasks: [],
  experts: [],
  accuracy: [],
  peakRssBytes: null,
  state: {},
  files: {},
  failure: null,
};

export function taskRecord(index: number, expert = 'e0'): TaskRecord {
  return {
    id: `t${index}`,
    index,
    name: `task ${index}`,
    classes: [2 * index, 2 * index + 1],
    input: { domain: 'image', shape: [28, 28, 1], dtype: 'float32' },
    normalization: null,
    train: 100,
    validation: 10,
    test: 50,
    expert,
    decision: null,
    divergence: [],
    addedParameters: 10,
    headParameters: 4,
    epochs: 2,
    seconds: 1,
    calibration: null,
    classRecall: null,
  };
}

export const expert = (id: string): RunRecord['experts'][number] => ({
  id,
  tasks: ['t0'],
  on: null,
  architecture: { kind: 'perceptron', units: [2] },
  architectureFrom: null,
  parameters: 10,
  bytes: 40,
  macs: 100,
});

/** A float32 array of `n` numbers that depend on `content`. */
export function floats(n: number, content: number): NamedArray {
  return { shape: [n], data: Float32Array.from({ length: n }, (_, i) => content + i / 3) };
}

/** State after `tasks` tasks: expert e0 as first learned, and a head for every task. */
export function snapshotAfter(tasks: number): Snapshot {
  const arrays: Record<string, Record<string, NamedArray>> = { 'experts/e0': { kernel: floats(20, 1), bias: floats(3, 2) } };
  for (let task = 0; task < tasks; task++)
    arrays[`heads/${task}`] = { weights: floats(6, task), step: { shape: [], data: Int32Array.of(task) } };
  return { state: { tasks, best: Infinity }, arrays };
}

/** The members of the record that change when a task is learned. */
export function recordAfter(tasks: number): Partial<RunRecord> {
  return {
    tasks: Array.from({ length: tasks }, (_, i) => taskRecord(i)),
    experts: [expert('e0')],
    accuracy: Array.from({ length: tasks }, (_, i) => Array.from({ length: tasks }, (_, j) => (j > i ? null : 0.9))),
  };
}

export function epochEnded(task: number, epoch: number, loss = 0.5): LearnEvent {
  return { type: 'epoch-ended', task, phase: 'train', epoch, epochs: 2, loss, validationAccuracy: 0.9, learningRate: 0.01, seconds: 1 };
}

export function checkpointSaved(task: number): LearnEvent {
  return { type: 'checkpoint-saved', task, path: '.' };
}

/** Every file of a run, by relative path; who writes it (`lock/`) is no part of it. */
export async function readFiles(root: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && !entry.parentPath.endsWith('lock'))
    .map((entry) => join(entry.parentPath, entry.name));
  const files = await Promise.all(paths.map(async (path) => [relative(root, path), await readFile(path)] as const));
  return new Map(files.sort(([a], [b]) => (a < b ? -1 : 1)));
}
