/**
 * The least value of a smooth convex function, from its gradient: limited-memory BFGS with a backtracking line search
 * (J. Nocedal and S. Wright, "Numerical Optimization", 2006, algorithms 7.4 and 7.5).
 */

/** Value at `point`; writes the gradient into `gradient`. */
export type Differentiable = (point: Float64Array, gradient: Float64Array) => number;

/** Pairs of steps and gradient changes that are kept. */
const MEMORY = 10;

/** Share of the decrease that the slope promises, which a step must give (Armijo's condition). */
const SUFFICIENT = 1e-4;

/**
 * @param tolerance stops where no component of the gradient is larger
 * @returns where it stopped: also where rounding allows no further decrease, or after `steps`
 */
export function minimise(
  value: Differentiable,
  start: Float64Array,
  tolerance: number,
  steps = 1000,
): Float64Array {
  let point = start.slice();
  let gradient = new Float64Array(point.length);
  let current = value(point, gradient);
  const pairs: { step: Float64Array; change: Float64Array; curvature: number }[] = [];
  for (let n = 0; n < steps && gradient.some((slope) => Math.abs(slope) > tolerance); n++) {
    const direction = descent(gradient, pairs);
    const slope = dot(direction, gradient);
    const next = { point: point.slice(), gradient: gradient.slice(), value: current };
    // Without curvature yet, a step of length 1 at most.
    let length = pairs.length === 0 ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
    for (; length > 1e-20; length /= 2) {
      next.point = point.map((x, at) => x + length * direction[at]!);
      next.value = value(next.point, next.gradient);
      if (next.value <= current + SUFFICIENT * length * slope) break;
    }
    if (!(next.value < current)) return point;
    const step = next.point.map((x, at) => x - point[at]!);
    const change = next.gradient.map((x, at) => x - gradient[at]!);
    const curvature = dot(step, change);
    if (curvature > 1e-300) pairs.push({ step, change, curvature });
    if (pairs.length > MEMORY) pairs.shift();
    point = next.point;
    gradient = next.gradient;
    current = next.value;
  }
  return point;
}

/** Minus the approximate inverse Hessian times the gradient (two-loop recursion). */
function descent(
  gradient: Float64Array,
  pairs: readonly { step: Float64Array; change: Float64Array; curvature: number }[],
): Float64Array {
  const direction = gradient.map((slope) => -slope);
  const weights = pairs.map(() => 0);
  for (let n = pairs.length - 1; n >= 0; n--) {
    const { step, change, curvature } = pairs[n]!;
    weights[n] = dot(step, direction) / curvature;
    addScaled(direction, change, -weights[n]!);
  }
  const last = pairs.at(-1);
  if (last !== undefined) {
    const scale = last.curvature / dot(last.change, last.change);
    for (let at = 0; at < direction.length; at++) direction[at]! *= scale;
  }
  pairs.forEach(({ step, change, curvature }, n) => {
    addScaled(direction, step, weights[n]! - dot(change, direction) / curvature);
  });
  return direction;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!;
  return sum;
}

function addScaled(to: Float64Array, values: Float64Array, factor: number): void {
  for (let at = 0; at < to.length; at++) to[at]! += factor * values[at]!;
}
