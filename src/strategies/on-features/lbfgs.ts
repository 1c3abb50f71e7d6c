/** A function to minimize and its gradient, both at x. */
export type Objective = (x: Float64Array) => { readonly value: number; readonly gradient: Float64Array };

/** Roughly the inverse Hessian times a vector, symmetric and positive. */
export type Preconditioner = (vector: Float64Array) => Float64Array;

/** Pairs of steps and changes of the gradient that the inverse Hessian is estimated from. */
const remembered = 10;

/** Share of the decrease that a straight line promises, at least, for a step to be taken (Armijo). */
const sufficient = 1e-4;

/**
 * Minimizes a smooth convex function by L-BFGS with backtracking (Nocedal & Wright, Numerical Optimization, algorithm 7.5). Ends where no component
 * of the gradient is larger than `tolerance`, where steps no longer gain anything, or after `most` steps.
 *
 * @param precondition what the inverse Hessian is estimated from besides the steps: the better, the fewer steps
 */
export function lbfgs(
  objective: Objective,
  start: Float64Array,
  { tolerance = 1e-5, most = 500, precondition }: { tolerance?: number; most?: number; precondition?: Preconditioner | undefined } = {},
): Float64Array {
  let x = start;
  let now = objective(x);
  let pairs: Pair[] = [];
  for (let step = 0; step < most; step++) {
    if (now.gradient.every((value) => Math.abs(value) <= tolerance)) break;
    const found = lineSearch(objective, x, now, directionOf(now.gradient, pairs, precondition), pairs.length === 0 && !precondition);
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
function directionOf(gradient: Float64Array, pairs: readonly Pair[], precondition: Preconditioner | undefined): Float64Array {
  const q = gradient.map((value) => -value);
  const factors = pairs.toReversed().map(({ s, y, rho }) => {
    const factor = rho * dot(s, q);
    add(q, y, -factor);
    return factor;
  });
  const direction = precondition ? precondition(q) : scaled(q, pairs.at(-1));
  pairs.forEach(({ s, y, rho }, i) => {
    add(direction, s, (factors[pairs.length - 1 - i] ?? 0) - rho * dot(y, direction));
  });
  return direction;
}

/** By what the last step says of the size of the Hessian. */
function scaled(vector: Float64Array, last: Pair | undefined): Float64Array {
  if (!last) return vector;
  const scale = 1 / (last.rho * dot(last.y, last.y));
  return vector.map((value) => value * scale);
}

/** target += factor * vector */
function add(target: Float64Array, vector: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] as number) + factor * (vector[i] as number);
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
