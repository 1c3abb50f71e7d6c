import { describe, expect, it } from 'vitest';
import { emptyMark } from '../../src/checkpoint/event-log.js';
import { encodeRunFile, parseRunFile, type RunFile } from '../../src/checkpoint/run-file.js';
import { initialRecord, taskRecord } from './run-fixture.js';

/** A run of so many tasks: each adds an item to every list, and a file; the file of the expert changes with every one. */
function runOf(tasks: number): RunFile {
  const indices = Array.from({ length: tasks }, (_, i) => i);
  const file = (group: string, content: number) => ({ path: `${group}.safetensors`, sha256: `${content}`.repeat(64), bytes: content });
  return {
    ...initialRecord,
    tasks: indices.map((i) => taskRecord(i)),
    accuracy: indices.map((i) => indices.slice(0, i + 1).map((j) => (i + j) / 10)),
    classIncremental: indices.map((i) => indices.slice(0, i + 1).map((j) => (j === 0 ? null : 0.5))),
    state: { tasks, best: Infinity },
    files: Object.fromEntries([
      ['experts/e0', file('experts/e0', tasks)],
      ...indices.map((i) => [`heads/${i}`, file(`heads/${i}`, i)] as const),
    ]),
    events: emptyMark,
  };
}

describe('run.json', () => {
  it('is byte for byte the same whether its items were saved before or not', () => {
    let saved = encodeRunFile(runOf(0)).text;
    for (const tasks of [0, 1, 2, 2, 5]) {
      const { bytes, text } = encodeRunFile(runOf(tasks), saved);
      expect(Buffer.from(bytes).toString()).toBe(Buffer.from(encodeRunFile(runOf(tasks)).bytes).toString());
      expect(parseRunFile(bytes, 'run.json')).toEqual(runOf(tasks));
      saved = text;
    }
  });

  it('has new items checked, and leaves what was saved alone when one is refused', () => {
    const { text } = encodeRunFile(runOf(1));
    const broken = { ...runOf(2), tasks: [taskRecord(0), { ...taskRecord(1), epochs: -1 }] };
    expect(() => encodeRunFile(broken, text)).toThrow('cannot save the run: tasks.1.epochs: number from 0 expected, found -1');
    expect(Buffer.from(encodeRunFile(runOf(2), text).bytes).toString()).toBe(Buffer.from(encodeRunFile(runOf(2)).bytes).toString());
  });
});
