/** What the DNS answered to one question; none: there is no such record. */
export interface DnsAnswer<T> {
  readonly records: readonly T[];
  /** For how long it holds; 0: for those alone who wait for it. */
  readonly seconds: number;
}

interface Kept<T> {
  readonly records: readonly T[];
  readonly until: number;
  readonly bytes: number;
}

/** Whoever sets a longer time to live has it end here all the same: RFC 8767 4 recommends a bound of days, and a service may be moved. */
const longest = 86_400;

/** What an entry costs besides its texts. */
const overhead = 200;

/** Answers to one kind of question. RFC 1035 3.2.1: each may be kept for its time to live. Who ask the same at the same time wait for one answer. */
export class DnsCache<T> {
  /** The oldest first. */
  readonly #kept = new Map<string, Kept<T>>();
  readonly #underWay = new Map<string, Promise<readonly T[]>>();
  #bytes = 0;

  /** `clock`: milliseconds. What was kept first goes first, if there are more entries or bytes than that. */
  constructor(
    private readonly clock: () => number,
    private readonly most = { entries: 1000, bytes: 1024 * 1024 },
  ) {}

  get size(): number {
    return this.#kept.size;
  }

  /** Bytes that it holds, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The records that are kept under `key`, or those that `ask` brings. A failure of `ask` is not kept: it rejects for all who wait for it. */
  get(key: string, ask: () => Promise<DnsAnswer<T>>): Promise<readonly T[]> {
    const known = this.#kept.get(key);
    if (known !== undefined && known.until > this.clock()) return Promise.resolve(known.records);
    const waiting = this.#underWay.get(key);
    if (waiting !== undefined) return waiting;
    const answer = ask()
      .then((found) => this.#keep(key, found))
      .finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, answer);
    return answer;
  }

  #keep(key: string, { records, seconds }: DnsAnswer<T>): readonly T[] {
    this.#forget(key);
    const bytes = overhead + 2 * (key.length + JSON.stringify(records).length);
    if (seconds <= 0 || bytes > this.most.bytes) return records;
    this.#kept.set(key, { records, until: this.clock() + 1000 * Math.min(seconds, longest), bytes });
    this.#bytes += bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.most.entries && this.#bytes <= this.most.bytes) break;
      this.#forget(oldest);
    }
    return records;
  }

  #forget(key: string): void {
    this.#bytes -= this.#kept.get(key)?.bytes ?? 0;
    this.#kept.delete(key);
  }
}
