import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { readRun } from '../../src/checkpoint/store.js';
import { random } from '../../src/core/random.js';
import type { NamedArray } from '../../src/core/snapshot.js';
import { formatSafetensors } from '../../src/data/formats/safetensors.js';
import { lifelong, type Ended } from '../cli/lifelong.js';
import { write } from './files.js';
import { eight } from './picture-streams.js';

/** A residual network of one stage with four channels, batch norm folded in. */
function smallWeights(): Uint8Array {
  const source = random(3);
  const conv = (name: string, shape: readonly number[]): Record<string, NamedArray> => ({
    [`${name}/kernel`]: { shape, data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => 0.3 * source.normal()) },
    [`${name}/bias`]: { shape: [shape[3] ?? 0], data: new Float32Array(shape[3] ?? 0) },
  });
  const blocks = ['layer1.0', 'layer1.1'].flatMap((block) => [`${block}.conv1`, `${block}.conv2`]);
  return formatSafetensors(
    Object.assign(conv('conv1', [7, 7, 3, 4]), ...blocks.map((name) => conv(name, [3, 3, 4, 4]))) as Record<string, NamedArray>,
  );
}

const weights = smallWeights();
/** Eight pictures, and a file where a home folder would be. */
const files = { ...Object.fromEntries(Object.entries(eight()).map(([name, bytes]) => [`data/${name}`, bytes])), nobody: '' };
const manifest = (features: string, more = '') =>
  `name: halves\ndata: { source: folder, path: data }\ntasks: { order: [[left, right]]${more} }\nfeatures: "${features}"\n` +
  'options: { channels: 2, cells: 2, epochs: 1, samples: 1 }\n';

const notices = ({ stderr }: Ended) => stderr.split('\n').filter((line) => line.includes('cannot be kept'));

describe('P10: a home folder that cannot be written', () => {
  it('P10: features are computed without the cache: one notice, exit code 0, the same outcome', async () => {
    const at = write({ ...files, 'small.safetensors': weights, 'halves.yaml': manifest('resnet18:small.safetensors') });
    const run = (out: string, home: string) =>
      lifelong(['run', 'halves.yaml', '--out', out], { cwd: at(''), env: { HOME: at(home), XDG_CACHE_HOME: '' } });
    const without = await run('without', 'nobody');
    expect(without.code, without.stderr).toBe(0);
    expect(notices(without)).toEqual([
      expect.stringMatching(/features of resnet18:small\.safetensors cannot be kept in .*nobody.*features \(.*\): it goes on without/),
    ]);
    const kept = await run('kept', 'home');
    expect(kept.code, kept.stderr).toBe(0);
    expect(notices(kept)).toEqual([]);
    expect(readdirSync(at('home/.cache/lifelong/features')).length).toBeGreaterThan(0);
    const [one, other] = [await readRun(at('without')), await readRun(at('kept'))];
    expect(one.accuracy).toEqual(other.accuracy);
    expect(Object.values(one.files).map(({ sha256 }) => sha256)).toEqual(Object.values(other.files).map(({ sha256 }) => sha256));
  });

  it('P10: weights from a URL are used all the same, and resume goes on with them', async () => {
    const server = createServer((_, response) => response.end(weights));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/small.safetensors`;
      const at = write({ ...files, 'halves.yaml': manifest(url, ', repeat: [0]') });
      const call = (...args: string[]) => lifelong(args, { cwd: at(''), env: { HOME: at('nobody') } });
      const run = await call('run', 'halves.yaml', '--out', 'run');
      expect(run.code, run.stderr).toBe(0);
      expect(notices(run)).toEqual([expect.stringContaining(`weights from ${url}`), expect.stringContaining('features of')]);
      expect(await call('resume', 'run')).toMatchObject({ code: 0 });
    } finally {
      server.close();
    }
  });
});
