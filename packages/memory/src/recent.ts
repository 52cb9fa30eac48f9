import { hashOf } from './text-hash.js';

const PLACES = 512;

/**
 * Values that came lately, each at the place that its hash says, for those of which the same come again and again: who would keep one more of them keeps the one
 * that is here, and one is in memory instead of many. As many as there are places stay, whether anybody keeps them or not.
 */
export class Recent<T> {
  readonly #values: (T | undefined)[] = new Array<T | undefined>(PLACES).fill(undefined);

  /** `hash`: 32 bits. */
  constructor(private readonly hash: (value: T) => number, private readonly areEqual: (one: T, other: T) => boolean) {}

  static ofTexts(): Recent<string> {
    return new Recent<string>(hashOf, (one, other) => one === other);
  }

  /** The value that is equal to this one, if it came lately; else this one. */
  same(value: T): T {
    const hash = this.hash(value);
    const place = (hash ^ (hash >>> 15)) & (PLACES - 1);
    const known = this.#values[place];
    if (known !== undefined && this.areEqual(known, value)) return known;
    this.#values[place] = value;
    return value;
  }
}
