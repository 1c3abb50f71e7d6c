import { createHash } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finetune, learn, loadStream } from '../../src/index.js';
import { download } from '../../src/backbones/download.js';
import { readWeights } from '../../src/backbones/weights.js';
import { readRun } from '../../src/checkpoint/store.js';
import { formatSafetensors } from '../../src/data/formats/safetensors.js';
import { grown, manifest, npy, put, write } from './files.js';

describe('O8: downloads', () => {
  const network = (() => {
    const conv = (name: string, input: number) => ({
      [`${name}/kernel`]: { shape: [3, 3, input, 4], data: new Float32Array(36 * input).fill(0.01) },
      [`${name}/bias`]: { shape: [4], data: new Float32Array(4) },
    });
    return formatSafetensors({ ...conv('conv1', 3), ...conv('layer1.0.conv1', 4), ...conv('layer1.0.conv2', 4) });
  })();
  const sha256 = createHash('sha256').update(network).digest('hex');
  const answers: Readonly<Record<string, RequestListener>> = {
    '/network': (_, response) => response.end(network),
    '/announced': (_, response) => response.writeHead(200, { 'content-length': 2 ** 40 }).write('x'),
    '/endless': (_, response) => {
      const more = () => response.writable && response.write(Buffer.alloc(2 ** 16), more);
      more();
    },
    '/stalls': (_, response) => response.write('x'),
    '/silent': () => undefined,
  };
  const server = createServer((request, response) => answers[request.url ?? '']?.(request, response));
  let address: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const hint = 'check the address, or fetch the file yourself and give its path';

  it('O8: reading stops at a limit, announced or not', async () => {
    const get = (path: string) => download(address + path, { what: 'a file', maxBytes: 10 * 2 ** 20 });
    await expect(get('/announced')).rejects.toMatchObject({
      code: 'data',
      hint: 'put #maxBytes=NUMBER behind the address if that is right, or fetch the file yourself and give its path',
      message: `${address}/announced: a file expected, found ${2 ** 40} bytes, at most 10485760 are fetched`,
    });
    expect(await grown(() => expect(get('/endless')).rejects.toThrow('found more bytes, at most 10485760 are fetched'))).toBeLessThan(
      200e6,
    );
  });

  it.each(['/silent', '/stalls'])('O8: an address from which nothing comes is given up: %s', async (path) => {
    await expect(download(address + path, { what: 'a file', stallSeconds: 0.3 })).rejects.toMatchObject({
      code: 'data',
      hint,
      message: `${address}${path}: a file expected, found nothing that came within 0.3 s`,
    });
  });

  it('O8: a sha256 behind the address is checked, also of what was fetched before', async () => {
    const folder = dirname(put('weights/empty', ''));
    const wrong = '0'.repeat(64);
    await expect(readWeights(`${address}/network#sha256=${wrong}`, folder)).rejects.toThrow(
      `a file with sha256 ${wrong} expected, found ${sha256}`,
    );
    await expect(readWeights(`${address}/network#sha256=${sha256.toUpperCase()}`, folder)).resolves.toMatchObject({ sha256 });
    await expect(readWeights(`${address}/network`, folder)).resolves.toMatchObject({ sha256 });
    await expect(readWeights(`${address}/network#sha256=${wrong}`, folder)).rejects.toThrow(`found ${sha256}`);
    await expect(readWeights(`${address}/network#md5=1`, folder)).rejects.toMatchObject({ code: 'config' });
  });

  it('O8: the limit of a file that is fetched can be set behind its address', async () => {
    const folder = dirname(put('limited/empty', ''));
    await expect(readWeights(`${address}/network#maxBytes=10`, folder)).rejects.toThrow(/ bytes, at most 10 are fetched$/);
    await expect(readWeights(`${address}/network#maxBytes=0`, folder)).rejects.toMatchObject({ code: 'config' });
    await expect(readWeights(`${address}/network#sha256=${sha256}&maxBytes=100000`, folder)).resolves.toMatchObject({ sha256 });
  });

  it('O8: what was asked for and what was used are recorded with the run', async () => {
    const values = Uint8Array.from({ length: 24 * 64 }, (_, i) => (i % 7) * 30);
    const at = write({
      'x.npy': npy('|u1', [24, 8, 8, 1], values),
      'y.npy': npy(
        '<i8',
        [24],
        BigInt64Array.from({ length: 24 }, (_, i) => BigInt(i % 2)),
      ),
      'points.yaml': manifest('source: npy, train: [x.npy, y.npy]')
        .replace('features: vector', 'features: pixels')
        .replace('network: mlp, epochs: 3', 'network: mlp, epochs: 1'),
    });
    const features = `resnet18:${address}/network#sha256=${sha256}@32`;
    const strategy = finetune({ network: 'mlp', epochs: 1 });
    await lastValueFrom(learn(await loadStream(at('points.yaml')), strategy, { run: at('run'), features }));
    strategy.dispose();
    expect((await readRun(at('run'))).features).toEqual({
      asked: features,
      used: { image: { name: features, sha256, size: 4, normalization: null } },
      standardize: true,
    });
    expect(readFileSync(at('run/run.json'), 'utf8')).toContain(sha256);
  });
});
