import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatGenotype, parseGenotype } from '../../src/core/genotype.js';
import { random } from '../../src/core/random.js';
import { likeliestTwo } from '../../src/search/likeliest-two.js';
import { createSampler, genotypeOf, samplePath, updateProbabilities, type SamplerState } from '../../src/search/sampler.js';
import { cellEdges, imageSpace, searchSpace, vectorSpace } from '../../src/experts/space.js';

const all = (operation: number) => ({ normal: cellEdges.map(() => operation), reduce: cellEdges.map(() => operation) });

describe('search space', () => {
  it('has 14 edges in the order of the node they enter', () => {
    expect(cellEdges.length).toBe(14);
    expect(cellEdges.slice(0, 6)).toEqual([
      { from: 0, into: 2 },
      { from: 1, into: 2 },
      { from: 0, into: 3 },
      { from: 1, into: 3 },
      { from: 2, into: 3 },
      { from: 0, into: 4 },
    ]);
    expect(cellEdges[13]).toEqual({ from: 4, into: 5 });
  });

  it('is chosen by the domain of inputs', () => {
    expect(searchSpace({ domain: 'image' })).toBe(imageSpace);
    expect(searchSpace({ domain: 'vector' })).toBe(vectorSpace);
  });
});

describe('sampler', () => {
  it('moves probability to what does better with fewer visits', () => {
    // Operation 4 twice, first 0.5, last 0.4; then operation 5 once with 0.9: 5 beats 4 with fewer visits, 4 is beaten with more.
    let state = createSampler(imageSpace);
    state = updateProbabilities(state, all(4), 0.5);
    state = updateProbabilities(state, all(4), 0.4);
    expect(new Set(state.normal.probabilities.flat()).size).toBe(1);
    state = updateProbabilities(state, all(5), 0.9);
    expect(state.normal.visits[0]).toEqual([0, 0, 0, 0, 2, 1]);
    expect(state.normal.scores[0]).toEqual([0, 0, 0, 0, Math.fround(0.4), Math.fround(0.9)]);
    const powers = [0, 0, 0, 0, -0.01, 0.01].map((x) => Math.exp(1 / 6 + x));
    const sum = powers.reduce((a, b) => a + b);
    powers.forEach((power, op) => expect(state.reduce.probabilities[13]?.[op]).toBeCloseTo(power / sum, 6));
  });

  it('does not change the state it is given, and goes on from JSON exactly', () => {
    const step = (state: SamplerState, i: number) =>
      updateProbabilities(state, samplePath(state, random(1, 'path', i)), random(1, 'accuracy', i).uniform());
    let direct = createSampler(imageSpace);
    let resumed = direct;
    const start = JSON.stringify(direct);
    const first = direct;
    for (let i = 0; i < 20; i++) {
      direct = step(direct, i);
      resumed = JSON.parse(JSON.stringify(step(resumed, i))) as SamplerState;
    }
    expect(JSON.stringify(first)).toBe(start);
    expect(resumed).toEqual(direct);
    expect(resumed).not.toEqual(first);
  });

  it('draws by probability', () => {
    const even = createSampler(vectorSpace);
    const likely = [0.7, 0.1, 0.2, 0];
    const state = { ...even, normal: { ...even.normal, probabilities: cellEdges.map(() => likely) } };
    const counts = [0, 0, 0, 0];
    const draws = 2000;
    for (let i = 0; i < draws; i++) for (const op of samplePath(state, random(3, i)).normal) counts[op] = (counts[op] ?? 0) + 1;
    likely.forEach((p, op) => {
      const n = draws * cellEdges.length;
      expect(Math.abs((counts[op] ?? 0) - n * p)).toBeLessThanOrEqual(5 * Math.sqrt(n * p * (1 - p)));
    });
    expect(samplePath(state, random(3, 0))).toEqual(samplePath(state, random(3, 0)));
  });

  it('always holds probabilities', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }), (seed, accuracies) => {
        let state = createSampler(imageSpace);
        accuracies.forEach((accuracy, i) => (state = updateProbabilities(state, samplePath(state, random(seed, i)), accuracy)));
        for (const row of [...state.normal.probabilities, ...state.reduce.probabilities]) {
          expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
          expect(Math.min(...row)).toBeGreaterThan(0);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('genotypeOf', () => {
  it('takes the likeliest operations but none, into every node from two different nodes', () => {
    fc.assert(
      fc.property(fc.constantFrom(imageSpace, vectorSpace), fc.integer(), (space, seed) => {
        const source = random(seed);
        const even = createSampler(space);
        const cell = () => ({ ...even.normal, probabilities: cellEdges.map(() => space.operations.map(() => source.uniform())) });
        const state = { normal: cell(), reduce: cell() };
        const genotype = genotypeOf(state, space);
        expect(parseGenotype(formatGenotype(genotype))).toEqual(genotype);
        for (const name of ['normal', 'reduce'] as const) {
          const best = state[name].probabilities.map((row) => Math.max(...row.slice(1)));
          genotype[name].forEach(([operation, from], i) => {
            const into = 2 + Math.floor(i / 2);
            const edge = cellEdges.findIndex((candidate) => candidate.from === from && candidate.into === into);
            expect(space.operations.indexOf(operation)).toBeGreaterThan(0);
            expect(state[name].probabilities[edge]?.[space.operations.indexOf(operation)]).toBe(best[edge]);
            const better = cellEdges.filter((candidate, k) => candidate.into === into && (best[k] ?? 0) > (best[edge] ?? 0)).length;
            expect(better).toBe(i % 2);
          });
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('likeliestTwo', () => {
  it('finds the two largest, largest first', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 5 }), (values) => {
        const picked = likeliestTwo(values.map((probability, index) => ({ probability, index })));
        expect(picked.map(({ probability }) => probability)).toEqual([...values].sort((a, b) => b - a).slice(0, 2));
        expect(new Set(picked.map(({ index }) => index)).size).toBe(2);
      }),
    );
  });

  it.each([
    [2, [0, 1]],
    [3, [0, 1]],
    [4, [2, 3]],
    [5, [2, 4]],
  ])('of %i equal ones takes those that the published top-k takes', (count, wanted) => {
    const equal = Array.from({ length: count }, (_, index) => ({ probability: 0.5, index }));
    expect(likeliestTwo(equal).map(({ index }) => index)).toEqual(wanted);
  });
});
