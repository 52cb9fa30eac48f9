/**
 * How much a request may still be worth when memory runs short. 'initial': it makes new state. 'new': any other request, connection
 * or growth. 'ongoing': it keeps, ends or changes what is there without making it larger, or it is an OPTIONS.
 */
export type Urgency = 'initial' | 'new' | 'ongoing';

/** The share of the limit up to which each is taken: what makes new state is refused first, what ends it last. */
const shares: Readonly<Record<Urgency, number>> = { initial: 0.8, new: 0.9, ongoing: 1 };

/** The share above which room is made ready. */
const tight = 0.6;

/** V8 keeps no larger number without allocating it each time that it changes. */
const mostPlenty = 2 ** 30;

/** What a service holds at this moment, in bytes. */
export interface MemoryUsage {
  /** `sip_max_memory`. */
  readonly limit: number;
  /** The sum of `parts`. */
  readonly used: number;
  /** By what it is for: `publications`, `subscriptions`, `requests`, `connections`, `unfinished`, `unsent`, `transactions`, `invites`, `sign-ins`, and what plugins add. */
  readonly parts: Readonly<Record<string, number>>;
}

/** A part of the account that its owner adds to and takes from. */
export class Tally {
  #bytes = 0;

  constructor(private readonly account: MemoryAccount) {}

  get bytes(): number { return this.#bytes; }

  /** `bytes` may be negative. */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (bytes > 0) this.account.grew(bytes);
  }
}

interface Part {
  readonly name: string;
  readonly bytes: () => number;
}

/** Gives back at least so many bytes, if it can. */
type Release = (bytes: number) => void;

/**
 * The one account of what a service holds because of what others sent: in bytes that memory really costs, not in what a message says.
 * What can be given up (finished transactions) is given up before anybody is refused.
 */
export class MemoryAccount {
  readonly #parts = new Set<Part>();
  #release: Release = () => undefined;
  /** Bytes that nobody has asked for or taken since the parts were added up, of the share of 'initial': whole ones, and a GiB at most. */
  #plenty = 0;

  /** `limit`: `sip_max_memory`, in bytes. */
  constructor(private max: number) {}

  get limit(): number {
    return this.max;
  }

  /** A part whose owner keeps count. Several of one name are told as their sum. */
  tally(part: string): Tally {
    const tally = new Tally(this);
    this.watch(part, () => tally.bytes);
    return tally;
  }

  /** A part whose owner can say at any moment how large it is, in a few steps. Several of one name are told as their sum. Answers how to end this one. */
  watch(name: string, bytes: () => number): () => void {
    const part = { name, bytes };
    this.#parts.add(part);
    return () => { this.#parts.delete(part); };
  }

  /** Who gives memory back where it runs short. */
  releaseBy(release: Release): void {
    this.#release = release;
  }

  /** A new limit, from now on: what is held stays. */
  configure(limit: number): void {
    this.max = limit;
    this.#plenty = 0;
  }

  /**
   * Whether there is plenty of room for `bytes` more, whatever they are for: most often one comparison. The parts are added up only
   * when what was left at the last time has been asked for.
   */
  hasPlenty(bytes: number): boolean {
    if (bytes > this.#plenty) this.#plenty = Math.min(Math.floor(shares.initial * this.limit - this.used), mostPlenty);
    if (bytes > this.#plenty) return false;
    this.#plenty -= bytes;
    return true;
  }

  /** A part did, whether it asked or not. */
  grew(bytes: number): void {
    this.#plenty -= bytes;
  }

  /** Whether `bytes` more may be held. What can be given back is given back first. */
  hasRoom(bytes: number, urgency: Urgency): boolean {
    const most = shares[urgency] * this.limit;
    const over = this.used + bytes - most;
    if (over <= 0) return true;
    this.#release(over);
    return this.used + bytes <= most;
  }

  /** Whether it may soon run short. */
  get isTight(): boolean {
    return this.used > tight * this.limit;
  }

  get used(): number {
    let used = 0;
    for (const part of this.#parts) used += part.bytes();
    return used;
  }

  usage(): MemoryUsage {
    const parts = new Map<string, number>();
    for (const { name, bytes } of this.#parts) parts.set(name, (parts.get(name) ?? 0) + bytes());
    return { limit: this.limit, used: this.used, parts: Object.fromEntries(parts) };
  }
}
