/** A function to minimize and its gradient, both at x. */
export type Objective = (x: Float64Array) => { readonly value: number; readonly gradient: Float64Array };

/** Pairs of steps and changes of the gradient that the inverse Hessian is estimated from. */
const remembered = 10;

/** Share of the decrease that a straight line promises, at least, for a step to be taken (Armijo). */
const sufficient = 1e-4;

/**
 * Minimizes a smooth convex function by L-BFGS with backtracking (Nocedal & Wright, Numerical Optimization, algorithm 7.5). Ends where no component
 * of the gradient is larger than `tolerance`, where steps no longer gain anything, or after `most` steps.
 */
export function lbfgs(objective: Objective, start: Float64Array, { tolerance = 1e-5, most = 500 } = {}): Float64Array {
  let x = start;
  let now = objective(x);
  let pairs: Pair[] = [];
  for (let step = 0; step < most; step++) {
    if (now.gradient.every((value) => Math.abs(value) <= tolerance)) break;
    const found = lineSearch(objective, x, now, directionOf(now.gradient, pairs), pairs.length === 0);
    if (!found) {
      if (pairs.length === 0) break;
      pairs = []; // rounding has spoiled them: once more along the gradient
      continue;
    }
    const s = found.x.map((value, i) => value - (x[i] ?? 0));
    const y = found.next.gradient.map((value, i) => value - (now.gradient[i] ?? 0));
    const curvature = dot(s, y);
    if (curvature > 1e-12 * dot(y, y)) pairs = [...pairs, { s, y, rho: 1 / curvature }].slice(-remembered);
    const gained = now.value - found.next.value;
    x = found.x;
    now = found.next;
    if (gained <= 1e-9 * Math.abs(now.value)) break;
  }
  return x;
}

interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
  readonly rho: number;
}

/** Minus the estimated inverse Hessian times the gradient. */
function directionOf(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const q = gradient.map((value) => -value);
  const add = (vector: Float64Array, factor: number) => {
    vector.forEach((value, i) => (q[i] = (q[i] ?? 0) + factor * value));
  };
  const factors = pairs.toReversed().map(({ s, y, rho }) => {
    const factor = rho * dot(s, q);
    add(y, -factor);
    return factor;
  });
  const last = pairs.at(-1);
  if (last) {
    const scale = 1 / (last.rho * dot(last.y, last.y));
    q.forEach((value, i) => (q[i] = value * scale));
  }
  pairs.forEach(({ s, y, rho }, i) => {
    add(s, (factors[pairs.length - 1 - i] ?? 0) - rho * dot(y, q));
  });
  return q;
}

/** The longest step of 1, 1/2, 1/4, … that gains enough; the very first is no longer than 1. */
function lineSearch(
  objective: Objective,
  x: Float64Array,
  now: ReturnType<Objective>,
  direction: Float64Array,
  first: boolean,
): { x: Float64Array; next: ReturnType<Objective> } | undefined {
  const slope = dot(now.gradient, direction);
  if (!(slope < 0)) return undefined;
  const longest = first ? Math.min(1, 1 / Math.sqrt(dot(direction, direction))) : 1;
  for (let length = longest; length > 1e-8 * longest; length /= 2) {
    const there = x.map((value, i) => value + length * (direction[i] ?? 0));
    const next = objective(there);
    if (next.value <= now.value + sufficient * length * slope) return { x: there, next };
  }
  return undefined;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
