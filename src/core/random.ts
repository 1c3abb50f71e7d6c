import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { uniformFloat32 } from 'pure-rand/distribution/uniformFloat32';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A source of reproducible random numbers. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Uniform integer in [0, n). */
  integer(n: number): number;
  /** Standard normal. */
  normal(): number;
  /** 0..n-1 in random order. */
  permutation(n: number): Int32Array;
}

/**
 * Random numbers for one purpose, named by the seed and a path such as `('task', 3, 'epoch', 7, 'shuffle')`.
 *
 * Every use has its own path, so no generator state outlives a function: what epoch 7 of task 3 draws does not depend on what ran before it,
 * and a resumed run draws the same numbers as one that never stopped.
 */
export function random(seed: number, ...path: readonly (string | number)[]): Random {
  const generator = xoroshiro128plus(hash(`${seed}/${path.join('/')}`));
  const uniform = () => uniformFloat32(generator);
  const integer = (n: number) => uniformInt(generator, 0, n - 1);
  return {
    uniform,
    integer,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    permutation(n) {
      const order = Int32Array.from({ length: n }, (_, i) => i);
      for (let i = n - 1; i > 0; i--) {
        const j = integer(i + 1);
        [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
      }
      return order;
    },
  };
}

/** 32-bit FNV-1a with a final avalanche, so that neighbouring seeds and paths start far apart. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}
