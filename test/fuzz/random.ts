/** Numbers that look random and come again with the same seed (mulberry32). Math.random has no seed. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** 0 to 2^32 - 1 */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** 0 to `limit` - 1; 0 for a limit of 0 */
  below(limit: number): number {
    return limit < 1 ? 0 : this.next() % limit;
  }

  /** Small numbers are as likely as large ones: 1, 10 and 10,000 are all worth a try. */
  size(limit: number): number {
    return 1 + Math.floor(limit ** (this.next() / 2 ** 32));
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}
