import { describe, expect, it } from 'vitest';
import type { Architecture } from '../../src/core/architecture.js';
import type { Input } from '../../src/core/input.js';
import { networkOf } from '../../src/experts/expert-kind.js';
import { expertKinds } from '../../src/experts/kinds.js';
import { imageGenotype, vectorGenotype } from '../../src/strategies/shared/fixed-architecture.js';

const image: Input = { domain: 'image', shape: [6, 6, 1], dtype: 'float32' };
const vector: Input = { domain: 'vector', shape: [5], dtype: 'float32' };
const build = (architecture: Architecture, input: Input) => networkOf(expertKinds, architecture, input, 'expert e0');

describe('networkOf', () => {
  it.each([
    ['cells for images', { kind: 'cells', genotype: imageGenotype, channels: 2, cells: 2 }, image, 8],
    ['cells for vectors', { kind: 'cells', genotype: vectorGenotype, channels: 2, cells: 2 }, vector, 8],
    ['a perceptron', { kind: 'perceptron', units: [4, 3] }, image, 3],
  ] as const)('builds %s, the same for equal architectures', (_, architecture, input, features) => {
    const network = build(architecture, input);
    expect(network.featureSize).toBe(features);
    expect(build(structuredClone(architecture), input).key).toBe(network.key);
  });

  it.each([
    [
      'a kind that it does not know',
      { kind: 'oracle' },
      vector,
      'expert e0: an architecture of kind cells, perceptron, attached, patched, ensemble expected, found oracle',
    ],
    ['what is missing', { kind: 'perceptron' }, vector, /^expert e0: architecture\.units of kind perceptron: /],
    ['a member that the kind does not have', { kind: 'perceptron', units: [4], depth: 2 }, vector, /Unrecognized key: "depth"/],
    [
      'inputs that the kind does not take',
      { kind: 'cells', genotype: imageGenotype, channels: 2, cells: 2 },
      { domain: 'text', shape: [6], dtype: 'int32' },
      'expert e0: an expert of kind cells takes images [height, width, channels] or vectors [length], found int32 [6]',
    ],
    [
      'whole numbers',
      { kind: 'perceptron', units: [4] },
      { ...vector, dtype: 'int32' },
      'expert e0: an expert of kind perceptron takes inputs of float32, found int32 [5]',
    ],
  ] as const)('refuses %s', (_, architecture, input, message) => {
    expect(() => build(architecture, input)).toThrow(message);
  });
});
