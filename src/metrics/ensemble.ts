import { argMax, softmax } from './logits.js';

/** How far the members of an ensemble differ, mean over examples. */
export interface EnsembleSpread {
  /** Share of pairs of members that do not choose the same class. */
  readonly disagreement: number;
  /** Mutual information between answer and member, in nats: what of the uncertainty is between members (Depeweg et al. 2018; BALD: Houlsby et al. 2011). */
  readonly mutualInformation: number;
}

/**
 * disagreement = (1/n) sum_i share of pairs j < k with argmax p_ij != argmax p_ik; mutual information = (1/n) sum_i (H(mean_k p_ik) - mean_k H(p_ik)), H(p) = -sum p ln p.
 *
 * @param logits of each member, `[n, members, classes]`, row-major
 * @returns null when there are no examples, or a logit is not finite
 */
export function measureSpread(logits: Float32Array, members: number, classes: number): EnsembleSpread | null {
  const n = logits.length / (members * classes);
  if (n === 0 || !logits.every(Number.isFinite)) return null;
  let [differing, information] = [0, 0];
  for (let i = 0; i < n; i++) {
    const rows = Array.from({ length: members }, (_, k) => logits.subarray((i * members + k) * classes, (i * members + k + 1) * classes));
    const chosen = rows.map(argMax);
    chosen.forEach((one, k) => (differing += chosen.slice(k + 1).filter((other) => other !== one).length));
    const each = rows.map(softmax);
    const mean = Float64Array.from({ length: classes }, (_, c) => each.reduce((sum, p) => sum + (p[c] ?? 0), 0) / members);
    information += entropy(mean) - each.reduce((sum, p) => sum + entropy(p), 0) / members;
  }
  const pairs = (members * (members - 1)) / 2;
  return { disagreement: pairs === 0 ? 0 : differing / (n * pairs), mutualInformation: Math.max(0, information / n) };
}

const entropy = (p: Float64Array) => p.reduce((sum, value) => (value > 0 ? sum - value * Math.log(value) : sum), 0);
