import { describe, expect, it } from 'vitest';
import type { Genotype } from '../../src/core/genotype.js';
import type { Path } from '../../src/nn/supernet.js';
import { createSampler, genotypeOf, updateProbabilities, type SamplerState } from '../../src/search/sampler.js';
import { cellEdges, imageSpace } from '../../src/experts/space.js';
import { golden, type GoldenTensor } from './golden.js';

interface SearchFile {
  primitives: string[];
  eta: number;
  edges: number;
  samples: {
    selected: Path;
    accuracy: number;
    probabilities?: Record<'normal' | 'reduce', GoldenTensor>;
    genotype?: Genotype;
  }[];
}

describe('search.json', () => {
  const file = golden('search.json') as SearchFile;

  it('has our space', () => {
    expect(file.primitives).toEqual(imageSpace.operations);
    expect(file.edges).toBe(cellEdges.length);
  });

  it('gives the published probabilities and genotypes', () => {
    let state = createSampler(imageSpace);
    let compared = 0;
    file.samples.forEach(({ selected, accuracy, probabilities, genotype }, sample) => {
      state = JSON.parse(JSON.stringify(updateProbabilities(state, selected, accuracy, file.eta))) as SamplerState;
      for (const cell of ['normal', 'reduce'] as const) {
        probabilities?.[cell].data.forEach((wanted, i) => {
          expect(Math.abs((state[cell].probabilities.flat()[i] ?? NaN) - wanted), `sample ${sample} ${cell} ${i}`).toBeLessThanOrEqual(
            1e-5,
          );
          compared++;
        });
      }
      if (genotype) expect(genotypeOf(state, imageSpace), `sample ${sample}`).toEqual(genotype);
    });
    expect(compared).toBeGreaterThan(0);
  });
});
