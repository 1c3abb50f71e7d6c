import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encode } from 'fast-png';
import { expect, it } from 'vitest';
import { reportSchema } from '../../src/report/schema.js';
import { main } from '../cli/lifelong.js';
import { tempFolder } from '../data/temp-folder.js';
import { nodeBinary } from './node-binary.js';

const cwd = tempFolder();
const setup = fileURLToPath(new URL('../../src/setup/setup.mjs', import.meta.url));

/** 8 x 8 PNGs of two classes: brightness falls or rises from left to right, under noise. */
for (const kind of ['falling', 'rising']) {
  mkdirSync(join(cwd, 'photos', kind), { recursive: true });
  for (let i = 0; i < 40; i++) {
    const data = Uint8Array.from({ length: 64 }, (_, p) => (kind === 'rising' ? p % 8 : 7 - (p % 8)) * 20 + ((p * 37 + i * 59) % 113));
    writeFileSync(join(cwd, `photos/${kind}/${i}.png`), encode({ width: 8, height: 8, channels: 1, depth: 8, data }));
  }
}
writeFileSync(join(cwd, 'photos.yaml'), 'name: photos\ndata: { source: folder, path: photos }\ntasks: { split: 1 }\n');

/** Runs a program to its end; neither Node nor a library may warn. */
function quietly(node: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(node, args, { cwd, encoding: 'utf8' });
  expect({ args, status, stderr }).toEqual({ args, status: 0, stderr: expect.not.stringMatching(/warning|deprecat|\(node:/i) as string });
  return stdout;
}

/** Set-up, a run over PNGs, an answer for one of them, the report: the numbers that came out. */
function job(node: string) {
  const out = `run-${quietly(node, ['--version']).trim()}`;
  expect(quietly(node, [setup, '--check'])).toContain('native backend works');
  const small = ['--epochs', '1', '--samples', '1', '--channels', '2', '--cells', '1', '--batch-size', '4'];
  quietly(node, [main, 'run', 'photos.yaml', ...small, '--out', out]);
  const answer = quietly(node, [main, 'predict', out, 'photos/rising/3.png']);
  const { tasks } = reportSchema.parse(JSON.parse(quietly(node, [main, 'report', out, '--format', 'json'])));
  return { answer, accuracy: tasks[0]?.accuracy, calibration: tasks[0]?.calibration };
}

let first: ReturnType<typeof job> | undefined;

it.for(['20', '22', '24', 'latest'])(
  'Node %s sets up, learns PNGs, answers and reports, without a warning',
  { timeout: 180_000 },
  (wanted, { skip }) => {
    const node = nodeBinary(wanted);
    if (node === undefined) return skip(`no binary of Node ${wanted}: the npm registry does not answer, or has none for this platform`);
    const result = job(node);
    expect(result.accuracy?.final).toBeGreaterThan(0.5);
    expect(result).toEqual((first ??= result));
  },
);
