import { describe, expect, it } from 'vitest';
import type { Architecture } from '../../src/core/architecture.js';
import { networkOf } from '../../src/experts/expert-kind.js';
import { expertKinds } from '../../src/experts/kinds.js';
import { imageGenotype, vectorGenotype } from '../../src/strategies/shared/fixed-architecture.js';

const build = (architecture: Architecture, inputShape: number[]) => networkOf(expertKinds, architecture, inputShape, 'expert e0');

describe('networkOf', () => {
  it.each([
    ['cells for images', { kind: 'cells', genotype: imageGenotype, channels: 2, cells: 2 }, [6, 6, 1], 8],
    ['cells for vectors', { kind: 'cells', genotype: vectorGenotype, channels: 2, cells: 2 }, [5], 8],
    ['a perceptron', { kind: 'perceptron', units: [4, 3] }, [6, 6, 1], 3],
  ])('builds %s, the same for equal architectures', (_, architecture, inputShape, features) => {
    const network = build(architecture, inputShape);
    expect(network.featureSize).toBe(features);
    expect(build(structuredClone(architecture), inputShape).key).toBe(network.key);
  });

  it.each([
    [
      'a kind that it does not know',
      { kind: 'oracle' },
      [5],
      'expert e0: an architecture of kind cells, perceptron expected, found oracle',
    ],
    ['what is missing', { kind: 'perceptron' }, [5], /^expert e0: architecture\.units of kind perceptron: /],
    ['a member that the kind does not have', { kind: 'perceptron', units: [4], depth: 2 }, [5], /Unrecognized key: "depth"/],
    [
      'inputs that the kind does not take',
      { kind: 'cells', genotype: imageGenotype, channels: 2, cells: 2 },
      [6, 6],
      'expert e0: an expert of kind cells takes images [height, width, channels] or vectors [length], found [6,6]',
    ],
  ])('refuses %s', (_, architecture, inputShape, message) => {
    expect(() => build(architecture, inputShape)).toThrow(message);
  });
});
