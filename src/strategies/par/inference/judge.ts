import type { Random } from '../../../core/random.js';
import { identify, isFar, usualDistances, type Candidate } from '../../../difficulty/identify.js';
import { squaredDistance } from '../../../difficulty/nearest.js';
import { prototypes, type Prototypes } from '../../../difficulty/prototypes.js';
import { waysToFind, type Judged } from '../../../difficulty/task-finder.js';
import { gather } from '../../../experts/training/rows.js';
import { discriminantsOf } from './discriminants.js';
import { addScatter, scatterOf, type FeatureScatter } from './feature-scatter.js';

/** {@link Judged}, and by how much whitened examples that were held out lie farther from their class than was usual: the sum of squared ratios. */
export interface Judgement extends Judged {
  /** A float32, as it is kept. */
  readonly excess: number;
}

export const nothingJudged: Judgement = { examples: 0, right: { prototypes: 0, lda: 0 }, far: { prototypes: 0, lda: 0 }, excess: 0 };

/**
 * How each way finds a new task for its own validation examples: one random half of each class judged by prototypes and scatter of the other, and the other way
 * round.
 *
 * @param features `[n, D]`, of the new task
 * @param known earlier tasks to choose from
 * @param scatter of their features
 */
export function judgeTask(
  { features, labels, classes }: { readonly features: Float32Array; readonly labels: Int32Array; readonly classes: number },
  known: readonly Prototypes[],
  scatter: FeatureScatter,
  source: Random,
): Judgement {
  const halves = halved(labels, source);
  const size = scatter.moment.size;
  const part = (rows: Int32Array) => ({ features: gather(features, size, rows), labels: rows.map((row) => labels[row] ?? 0) });
  const [one, other] = halves.map(part) as [ReturnType<typeof part>, ReturnType<typeof part>];
  const judged = [judgeBy(one, other), judgeBy(other, one)];
  return judged.reduce(addJudgements);

  function judgeBy(from: ReturnType<typeof part>, held: ReturnType<typeof part>): Judgement {
    const own = prototypes(from.features, from.labels, classes);
    const space = discriminantsOf(addScatter(scatter, scatterOf(from.features, from.labels, own)));
    const plain = found(held, own, known);
    const white = space
      ? found(
          { ...held, features: space.rows(held.features) },
          space.prototypes(own),
          known.map((of) => space.prototypes(of)),
        )
      : plain;
    return {
      examples: held.labels.length,
      right: { prototypes: plain.right, lda: white.right },
      far: { prototypes: plain.far, lda: white.far },
      excess: white.excess,
    };
  }
}

export function addJudgements(one: Judgement, other: Judgement): Judgement {
  const both = (counts: 'right' | 'far') => {
    const [of, more] = [one[counts], other[counts]];
    return { prototypes: of.prototypes + more.prototypes, lda: of.lda + more.lda };
  };
  return {
    examples: one.examples + other.examples,
    right: both('right'),
    far: both('far'),
    excess: Math.fround(one.excess + other.excess),
  };
}

/** The way that finds tasks more often; prototypes where both do alike. */
export const betterWay = ({ right }: Judged) => waysToFind.reduce((best, way) => (right[way] > right[best] ? way : best));

/** The positions of two random halves of each class. */
function halved(labels: Int32Array, source: Random): [Int32Array, Int32Array] {
  const seen = new Map<number, number>();
  const halves: [number[], number[]] = [[], []];
  for (const at of source.permutation(labels.length)) {
    const turn = seen.get(labels[at] ?? 0) ?? 0;
    seen.set(labels[at] ?? 0, turn + 1);
    halves[turn % 2 === 0 ? 0 : 1].push(at);
  }
  return [Int32Array.from(halves[0]), Int32Array.from(halves[1])];
}

function found(
  { features, labels }: { readonly features: Float32Array; readonly labels: Int32Array },
  own: Prototypes,
  known: readonly Prototypes[],
) {
  const name = 'own';
  const candidates: Candidate[] = [own, ...known].map((of, i) => ({ id: i === 0 ? name : `${i}`, prototypes: of, margin: null }));
  const identified = identify(features, candidates);
  const usual = usualDistances(own);
  let excess = 0;
  labels.forEach((label, row) => {
    const expected = usual[label] ?? 0;
    const squared = squaredDistance(features, row * own.size, own.means, label * own.size, own.size);
    excess += expected > 0 && (own.counts[label] ?? 0) > 0 ? squared / expected ** 2 : 1;
  });
  const right = identified.filter(({ nearest }) => nearest === name).length;
  return { right, far: identified.filter(isFar).length, excess };
}
