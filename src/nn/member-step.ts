import { tf, type Tensor } from './backend.js';
import type { StepFunction } from './compile/compile.js';
import type { Network } from './network.js';
import { isOwn } from './ensemble.js';

/**
 * A step of one member as a step of its ensemble: the member's weights and statistics are taken out, `step` changes them, and they are put back. What other members have of
 * their own is copied, so neither momentum nor weight decay moves it.
 *
 * Inputs besides those of `step`: `member [1]`, the member's number, and `rows [members]`, each member's own number but `members` in the place of the one that
 * trains; both int32 ({@link memberInputs}).
 */
export function memberStep(step: StepFunction, member: Network, members: number): StepFunction {
  const { parameters, statistics: running } = member.declaration;
  const weightsOf = memberVector(parameters.size, ownRuns(member), members);
  const statisticsOf = memberVector(running.size, [{ start: 0, end: running.size }], members);
  return (inputs) => {
    const { weights, velocity, statistics, member: which, rows } = inputs;
    const place = { which: which as Tensor, rows: rows as Tensor };
    const after = step({
      ...inputs,
      weights: weightsOf.take(weights as Tensor, place),
      velocity: weightsOf.take(velocity as Tensor, place),
      ...(statistics && { statistics: statisticsOf.take(statistics, place) }),
    });
    const changed = after as Record<'weights' | 'velocity', Tensor> & Record<string, Tensor>;
    return {
      ...changed,
      weights: weightsOf.put(weights as Tensor, changed.weights, place),
      velocity: weightsOf.put(velocity as Tensor, changed.velocity, place),
      ...(statistics && changed['statistics'] && { statistics: statisticsOf.put(statistics, changed['statistics'], place) }),
    };
  };
}

/** The inputs of a step that trains member `k` of `members`. */
export function memberInputs(k: number, members: number) {
  const rows = Int32Array.from({ length: members }, (_, i) => (i === k ? members : i));
  return { member: { shape: [1], data: Int32Array.of(k) }, rows: { shape: [members], data: rows } };
}

interface Run {
  readonly start: number;
  readonly end: number;
}

interface Place {
  readonly which: Tensor;
  readonly rows: Tensor;
}

/** Where a member's own weights lie in its vector; weights that follow one another in one run. */
function ownRuns({ declaration: { parameters } }: Network): Run[] {
  const runs: { start: number; end: number }[] = [];
  let start = 0;
  for (const spec of parameters.weights) {
    const end = start + spec.shape.reduce((product, length) => product * length, 1);
    const last = runs.at(-1);
    if (isOwn(spec)) {
      if (last?.end === start) last.end = end;
      else runs.push({ start, end });
    }
    start = end;
  }
  return runs;
}

/**
 * A member's vector `[size + rest]` in that of the ensemble, `[size | own of member 1 | own of member 2 | … | rest]`, where the first part is member 0 and `rest` (heads)
 * belongs to all.
 */
function memberVector(size: number, runs: readonly Run[], members: number) {
  const own = runs.reduce((sum, { start, end }) => sum + end - start, 0);
  const slice = (flat: Tensor, start: number, end: number) => tf.slice(flat, [start], [end - start]);
  const join = (parts: readonly Tensor[]) => (parts.length === 1 ? (parts[0] as Tensor) : tf.concat([...parts]));
  const ownOf = (vector: Tensor) => join(runs.map(({ start, end }) => slice(vector, start, end)));
  const rowsOf = (flat: Tensor) => {
    const first = tf.reshape(ownOf(flat), [1, own]);
    return members === 1 ? first : tf.concat([first, tf.reshape(slice(flat, size, size + (members - 1) * own), [members - 1, own])], 0);
  };
  /** The vector with these in the place of its own. */
  const withOwn = (vector: Tensor, replacement: Tensor): Tensor => {
    const parts: Tensor[] = [];
    let [at, taken] = [0, 0];
    for (const { start, end } of runs) {
      if (start > at) parts.push(slice(vector, at, start));
      parts.push(slice(replacement, taken, taken + end - start));
      [at, taken] = [end, taken + end - start];
    }
    if (at < size) parts.push(slice(vector, at, size));
    return join(parts);
  };
  const rest = (flat: Tensor, from: number) => (flat.size > from ? [slice(flat, from, flat.size)] : []);
  const whole = size + (members - 1) * own;
  return {
    take(flat: Tensor, { which }: Place): Tensor {
      const row = tf.reshape(tf.gather(rowsOf(flat), which), [own]);
      return join([withOwn(slice(flat, 0, size), row), ...rest(flat, whole)]);
    },
    put(flat: Tensor, vector: Tensor, { rows }: Place): Tensor {
      const changed = tf.concat([rowsOf(flat), tf.reshape(ownOf(vector), [1, own])], 0);
      const after = tf.reshape(tf.gather(changed, rows), [members * own]);
      const first = withOwn(slice(vector, 0, size), slice(after, 0, own));
      return join([first, ...(members > 1 ? [slice(after, own, members * own)] : []), ...rest(vector, size)]);
    },
  };
}
