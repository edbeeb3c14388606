/**
 * Tail probabilities of the normal and of Student's distribution, to about 14 digits (relative, far into the tails).
 * Incomplete gamma and beta functions by series and continued fractions (Press et al., Numerical Recipes, 6.2 and 6.4).
 */

const TINY = 1e-300;
const PRECISION = 1e-16;

/** P(Z > z) of a standard normal variable. */
export function normalUpperTail(z: number): number {
  if (Number.isNaN(z)) return Number.NaN;
  const tail = upperGammaOfHalf((z * z) / 2) / 2;
  return z >= 0 ? tail : 1 - tail;
}

/** The z with P(Z > z) = `tail`: bisection, then Newton. */
export function normalQuantileOfUpperTail(tail: number): number {
  return invertTail(normalUpperTail, tail);
}

/** P(T > t) of Student's t with so many degrees of freedom. */
export function studentUpperTail(t: number, degrees: number): number {
  if (Number.isNaN(t)) return Number.NaN;
  const tail =
    regularisedBeta(degrees / (degrees + t * t), (t * t) / (degrees + t * t), degrees / 2, 0.5) / 2;
  return t >= 0 ? tail : 1 - tail;
}

/** The t with P(T > t) = `tail`. */
export function studentQuantileOfUpperTail(tail: number, degrees: number): number {
  return invertTail((t) => studentUpperTail(t, degrees), tail);
}

/** The place where a falling symmetric tail probability is `tail`, by bisection of a bracket that is doubled until it holds. */
function invertTail(upperTail: (x: number) => number, tail: number): number {
  if (!(tail >= 0 && tail <= 1)) return Number.NaN;
  if (tail === 0) return Number.POSITIVE_INFINITY;
  if (tail > 0.5) return -invertTail(upperTail, 1 - tail);
  let low = 0;
  let high = 1;
  while (upperTail(high) > tail) high *= 2;
  for (let middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (upperTail(middle) > tail) low = middle;
    else high = middle;
  }
  return high;
}

/** Q(1/2, x), which is erfc(√x). */
function upperGammaOfHalf(x: number): number {
  if (x === Number.POSITIVE_INFINITY) return 0;
  const front = Math.exp(-x) * Math.sqrt(x / Math.PI);
  if (x < 1.5) {
    let term = 2;
    let sum = term;
    for (let n = 1; term > sum * PRECISION; n++) {
      term *= x / (n + 0.5);
      sum += term;
    }
    return 1 - front * sum;
  }
  let b = x + 0.5;
  let c = 1 / TINY;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; n < 1000; n++) {
    const a = -n * (n - 0.5);
    b += 2;
    d = 1 / nonZero(a * d + b);
    c = nonZero(b + a / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < PRECISION) break;
  }
  return front * fraction;
}

/** I_x(a, b), given also `rest` = 1 - x, which may be known better than it can be computed. */
function regularisedBeta(x: number, rest: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (rest <= 0) return 1;
  const front = Math.exp(a * Math.log(x) + b * Math.log(rest) + logGamma(a + b) - logGamma(a) - logGamma(b));
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(rest, b, a)) / b;
}

/** The continued fraction of the incomplete beta function, by Lentz's method. */
function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < 10000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d);
    c = nonZero(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d);
    c = nonZero(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < PRECISION) break;
  }
  return fraction;
}

/** log Γ(x) for x > 0: Stirling's series, after x was raised to where it is exact. */
function logGamma(x: number): number {
  let shift = 0;
  let y = x;
  for (; y < 15; y++) shift += Math.log(y);
  const square = 1 / (y * y);
  const series =
    (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188)))) / y;
  return (y - 0.5) * Math.log(y) - y + Math.log(2 * Math.PI) / 2 + series - shift;
}

function nonZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}
