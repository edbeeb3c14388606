/**
 * A small seeded generator of uniform and normal numbers, so that one seed in the configuration drives
 * everything and a patch, an augmentation or a phantom can be made again from its own number alone.
 *
 * Uniform numbers: mulberry32 over a seed mixed with a 32-bit finaliser. Streams are derived from a seed and any number of
 * keys (`stream(seed, "augment", step, index)`), so order of use in one stream never shifts another.
 */
export class Random {
  private state: number;
  private spare: number | undefined;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** An independent stream named by a seed and keys: the same arguments give the same numbers, always. */
  static stream(seed: number, ...keys: (string | number)[]): Random {
    let hash = mix(seed >>> 0);
    for (const key of keys) {
      for (const character of `${key}|`) hash = mix(hash ^ character.charCodeAt(0));
    }
    return new Random(hash);
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** A whole number in [0, count). */
  below(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /** Standard normal (Box and Muller). */
  normal(): number {
    if (this.spare !== undefined) {
      const value = this.spare;
      this.spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** A shuffled copy (Fisher and Yates). */
  shuffled<T>(items: readonly T[]): T[] {
    const copy = [...items];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const held = copy[i] as T;
      copy[i] = copy[j] as T;
      copy[j] = held;
    }
    return copy;
  }
}

function mix(value: number): number {
  let hash = value >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
