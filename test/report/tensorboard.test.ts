import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRun } from '../../src/checkpoint/store.js';
import { encodeTensorboard, writeTensorboard } from '../../src/report/tensorboard.js';
import { encodeScalar, maskedCrc32c } from '../../src/report/tfevents.js';
import { threeTasks } from './records.js';

describe('tfevents', () => {
  it('has the CRC-32C of the standard check text, masked', () => {
    const crc = 0xe3069283; // of "123456789" (RFC 3720)
    expect(maskedCrc32c(Buffer.from('123456789'))).toBe((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  });

  it('encodes a number as the protocol buffer that TensorFlow writes', () => {
    // Event { wall_time: 1.5, step: 300, summary { value { tag: "a", simple_value: 0.5 } } }
    const expected = ['09 00000000 0000f83f', '10 ac02', '2a 0a', '0a 08', '0a 01 61', '15 0000003f'].join('').replaceAll(' ', '');
    expect(Buffer.from(encodeScalar({ seconds: 1.5, step: 300, tag: 'a', value: 0.5 })).toString('hex')).toBe(expected);
  });
});

/** The records of an event file, with both checksums of each checked. */
function recordsOf(file: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at < file.length;) {
    const length = Number(file.readBigUInt64LE(at));
    expect(file.readUInt32LE(at + 8)).toBe(maskedCrc32c(file.subarray(at, at + 8)));
    const data = file.subarray(at + 12, at + 12 + length);
    expect(file.readUInt32LE(at + 12 + length)).toBe(maskedCrc32c(data));
    records.push(data);
    at += 16 + length;
  }
  return records;
}

describe('writeTensorboard', () => {
  it('writes a version, then a record for every number of the run, in whole records', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tensorboard-'));
    const run = join(folder, 'run');
    const [record] = threeTasks().tasks;
    const store = await createRun(run, threeTasks({ tasks: [], experts: [], accuracy: [], files: {}, status: 'running' }));
    for (const epoch of [1, 2]) {
      await store.append({
        type: 'epoch-ended',
        task: 0,
        phase: 'train',
        epoch,
        epochs: 2,
        loss: 1 / epoch,
        validationAccuracy: 0.5,
        learningRate: 0.01,
        seconds: 1,
      });
    }
    await store.append({ type: 'task-evaluated', task: 0, on: 0, accuracy: 0.99, measured: true });
    await store.append({ type: 'task-evaluated', task: 0, on: 1, accuracy: null, measured: false });
    if (record) await store.append({ type: 'task-learned', task: 0, record });
    await store.close();

    const path = await writeTensorboard(run, join(folder, 'logs', 'demo'));
    expect(path).toMatch(/events\.out\.tfevents\.\d{10}\.lifelong$/);
    const records = recordsOf(await readFile(path));
    expect(records[0]?.toString('latin1')).toContain('brain.Event:2');
    const texts = records.slice(1).map((data) => data.toString('latin1'));
    // three numbers an epoch, one accuracy, two of parameters; the accuracy that was not measured is not there
    expect(texts).toHaveLength(3 * 2 + 1 + 2);
    expect(texts.filter((text) => text.includes('task 0/train loss'))).toHaveLength(2);
    expect(texts.filter((text) => text.includes('accuracy/on task'))).toHaveLength(1);
    await rm(folder, { recursive: true });
  });

  it('is a valid file without events', () => {
    expect(recordsOf(Buffer.from(encodeTensorboard([])))).toHaveLength(1);
  });
});
