import { describe, expect, it } from 'vitest';
import type { Input } from '../../src/core/input.js';
import { domainKinds, domainOf, inputOf } from '../../src/domains/registry.js';
import { loadExtractor } from '../../src/features/registry.js';

const image: Input = { domain: 'image', shape: [8, 6, 3], dtype: 'float32' };
const vector: Input = { domain: 'vector', shape: [5], dtype: 'float32' };

const text: Input = { domain: 'text', shape: [5], dtype: 'int32' };
const audio: Input = { domain: 'audio', shape: [50, 80], dtype: 'float32' };
const every =
  'images [height, width, channels] or vectors [length] or texts as int32 ids of tokens [length] or sounds as log-mel spectrograms [frames, 80]';

describe('inputOf', () => {
  it.each([
    [{ shape: [8, 6, 3] }, image],
    [{ shape: [5] }, vector],
    [{ shape: [5], domain: 'vector' }, vector],
    [{ shape: [5], domain: 'text', dtype: 'int32' }, text],
    [{ shape: [50, 80] }, audio],
    [
      { shape: [5], dtype: 'int32' },
      { ...vector, dtype: 'int32' },
    ],
  ] as const)('%j', (given, input) => {
    expect(inputOf(given, 'task "a"')).toEqual(input);
  });

  it.each([
    [{ shape: [2, 2, 2, 2] }, `task "a": ${every} expected as inputs, found [2,2,2,2]`, undefined],
    [{ shape: [5], domain: 'image' }, 'task "a": images [height, width, channels] expected as inputs, found [5]', undefined],
    [{ shape: [8, 6, 3], dtype: 'int32' }, `task "a": ${every} expected as inputs, found int32 [8,6,3]`, 'give them as a Float32Array'],
    [{ shape: [5], domain: 'text' }, 'task "a": texts as int32 ids of tokens [length] expected as inputs, found [5]', undefined],
    [
      { shape: [50, 40], domain: 'audio' },
      'task "a": sounds as log-mel spectrograms [frames, 80] expected as inputs, found [50,40]',
      undefined,
    ],
  ] as const)('refuses %j', (given, message, hint) => {
    expect(() => inputOf(given, 'task "a"')).toThrow(expect.objectContaining({ message, hint }) as Error);
  });
});

describe('a domain', () => {
  it.each([image, vector])('$domain measures its inputs by its own extractor, and takes what it is inferred from', async (input) => {
    const domain = domainOf(input);
    const extractor = await loadExtractor(domain.features);
    expect(extractor.size(input.shape)).toBeGreaterThan(0);
    expect(domain.accepts(input)).toBe(true);
    expect(domainKinds.filter((kind) => kind.accepts(input))).toEqual([domain]);
  });
});
