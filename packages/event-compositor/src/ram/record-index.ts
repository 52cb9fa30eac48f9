import { ExpiryWheel, KeyBytes, KeyTable, NONE, TextBytes, WallClock } from '@nksip-ts/memory';
import { aorKey, formatUser, parseAor, type Aor } from '@nksip-ts/sip';
import { RamRecords } from './records.js';
import type { Publication, RegPublish } from '../store/contract.js';

/** What a publication is found by: the text of its address, and its tag. */
export interface RecordKey {
  readonly key: string;
  readonly tag: string;
}

/**
 * The publications of one service in RAM; `ttl` is in seconds. All of an address hang in one bucket, so that one walk counts them:
 * they are as few as sip_event_compositor_max_per_aor says.
 */
export class RecordIndex {
  readonly #records = new RamRecords();
  readonly #table = new KeyTable(this.#records);
  readonly #wheel = new ExpiryWheel(this.#records);
  readonly #wall = new WallClock();
  readonly #clock: () => number;
  /** The one that has just expired and is still there to be read. */
  #leaving = NONE;
  /** The address last asked for, as it was given: all that is done for one request is done for one. Texts, since an object may change. */
  #scheme = '';
  #user = '';
  #domain: string | undefined;
  /** Its text, and the tag last asked for. */
  readonly #key = new KeyBytes();
  readonly #tag = new TextBytes();

  /** `clock`: milliseconds, never set. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /** Those that have expired and are not swept yet are counted. */
  get size(): number {
    return this.#wheel.size;
  }

  /** Bytes that are allocated for publications, in use or not. */
  get allocated(): number {
    return this.#records.allocated;
  }

  /** Bytes that publications cost, with what finds them. */
  get used(): number {
    return this.#records.used + this.#table.allocated;
  }

  /** Its `data` is a copy, or a 'view' that is good until something is stored or removed. */
  get(aor: Aor, tag: string, as: 'copy' | 'view' = 'copy'): RegPublish | undefined {
    const now = this.#clock();
    const item = this.#live(aor, tag, now);
    return item === NONE ? undefined : this.#records.record(item, this.#wall.aheadOf(now), as);
  }

  put(aor: Aor, tag: string, record: RegPublish, ttl: number): void {
    this.#put(aor, tag, record, ttl, this.#clock());
  }

  replace(aor: Aor, previousTag: string, tag: string, record: RegPublish, ttl: number): boolean {
    const now = this.#clock();
    const previous = this.#live(aor, previousTag, now);
    if (previous === NONE) return false;
    const apart = this.#records.apart(record, previous);
    if (previousTag !== tag) this.#remove(previous);
    this.#put(aor, tag, apart, ttl, now);
    return true;
  }

  /** By how many bytes `used` grows when a publication is replaced so; less than 0 where it shrinks, and 0 where it is not there. */
  growth(aor: Aor, previousTag: string, tag: string, record: RegPublish): number {
    const item = this.#find(aor, previousTag);
    if (item === NONE) return 0;
    if (tag !== previousTag) this.#tag.take(tag);
    return this.#records.growth(item, this.#tag, record);
  }

  del(aor: Aor, tag: string): boolean {
    const item = this.#live(aor, tag, this.#clock());
    if (item !== NONE) this.#remove(item);
    return item !== NONE;
  }

  count(aor: Aor): number {
    this.#turnTo(aor);
    let count = 0;
    let now: number | undefined; // most addresses have nothing: then no time is request
    for (let item = this.#table.first(this.#key.hash); item !== NONE; item = this.#table.next()) {
      if (this.#records.hasKey(item, this.#key) && this.#records.deadline(item) > (now ??= this.#clock())) count++;
    }
    return count;
  }

  /**
   * The keys of all that is there, or of one address, some at a time; what has come or gone meanwhile may be among them or not. A
   * tag that is renewed meanwhile is not met again under its new name.
   */
  *keys(aor?: Aor): Iterable<readonly RecordKey[]> {
    if (aor === undefined) {
      for (const items of this.#table.values()) yield items.map((item) => this.#keyOf(item));
      return;
    }
    this.#turnTo(aor);
    const keys: RecordKey[] = [];
    for (let item = this.#table.first(this.#key.hash); item !== NONE; item = this.#table.next()) if (this.#records.hasKey(item, this.#key)) keys.push(this.#keyOf(item));
    yield keys;
  }

  /** All of one address; undefined if these are more than `most`. */
  publications(aor: Aor, most: number): readonly Publication[] | undefined {
    const now = this.#clock();
    this.#turnTo(aor);
    const all: Publication[] = [];
    for (let item = this.#table.first(this.#key.hash); item !== NONE; item = this.#table.next()) {
      if (!this.#records.hasKey(item, this.#key) || this.#records.deadline(item) <= now) continue;
      if (all.length >= most) return undefined;
      all.push({ aor, tag: this.#records.tag(item), record: this.#records.record(item, this.#wall.aheadOf(now)) });
    }
    return all;
  }

  publication({ key, tag }: RecordKey): Publication | undefined {
    const now = this.#clock();
    this.#key.take(key);
    this.#domain = undefined;
    const item = this.#findTag(tag);
    return item === NONE || this.#records.deadline(item) <= now ? undefined : this.#publicationOf(item, now);
  }

  /**
   * Takes away what has expired, at most so many steps at a time; returns whether there is more. `expired` can have a copy while it
   * runs, and may change what is stored.
   */
  sweep(steps: number, expired: (publication: () => Publication) => void): boolean {
    const now = this.#clock();
    return this.#wheel.sweep(now, steps, (item) => {
      this.#table.remove(item);
      this.#leaving = item;
      expired(() => this.#publicationOf(this.#leaving, now));
      const left = this.#leaving;
      this.#leaving = NONE;
      this.#giveBack(left);
    });
  }

  #put(aor: Aor, tag: string, record: RegPublish, ttl: number, now: number): void {
    const known = this.#find(aor, tag);
    const deadline = now + ttl * 1000;
    const ahead = this.#wall.aheadFor(record.expires, deadline, now);
    if (ttl > 0 && known !== NONE && this.#records.rewrite(known, record, deadline, ahead)) return this.#wheel.move(known);
    const apart = known === NONE ? record : this.#records.apart(record, known);
    if (known !== NONE) this.#remove(known);
    if (ttl <= 0) return;
    const item = this.#records.add(this.#key, this.#tag, apart, deadline, ahead);
    this.#table.add(item);
    this.#wheel.add(item, now);
  }

  #turnTo(aor: Aor): void {
    const { scheme, user, domain } = aor;
    if (user === this.#user && domain === this.#domain && scheme === this.#scheme) return;
    takeAor(this.#key, aor);
    this.#scheme = scheme;
    this.#user = user;
    this.#domain = domain;
  }

  #find(aor: Aor, tag: string): number {
    this.#turnTo(aor);
    return this.#findTag(tag);
  }

  #live(aor: Aor, tag: string, now: number): number {
    const item = this.#find(aor, tag);
    return item !== NONE && this.#records.deadline(item) > now ? item : NONE;
  }

  /** The one of the address last asked for that has this tag. */
  #findTag(tag: string): number {
    this.#tag.take(tag);
    let item = this.#table.first(this.#key.hash);
    while (item !== NONE && !(this.#records.hasTag(item, this.#tag) && this.#records.hasKey(item, this.#key))) item = this.#table.next();
    return item;
  }

  #remove(item: number): void {
    this.#table.remove(item);
    this.#wheel.remove(item);
    this.#giveBack(item);
  }

  /** The one that moves into its place hangs in the table and in the wheel under its new number, unless it is leaving itself. */
  #giveBack(item: number): void {
    const moved = this.#records.remove(item);
    if (moved === NONE) return;
    if (moved === this.#leaving) this.#leaving = item;
    else {
      this.#table.renumber(moved, item);
      this.#wheel.renumber(item);
    }
  }

  #keyOf(item: number): RecordKey {
    return { key: this.#records.key(item), tag: this.#records.tag(item) };
  }

  #publicationOf(item: number, now: number): Publication {
    const { key, tag } = this.#keyOf(item);
    // An address that is no URI was never in a request: somebody used the store by itself.
    return { aor: parseAor(key) ?? { scheme: '', user: '', domain: key }, tag, record: this.#records.record(item, this.#wall.aheadOf(now)) };
  }
}

/** The text of an address, as `aorKey` has it. Joined first it took 160 bytes more. */
function takeAor(key: KeyBytes, aor: Aor): void {
  const { scheme, user, domain } = aor;
  key.begin();
  if (user !== '' && key.add(scheme) && key.add(':') && key.add(formatUser(user)) && key.add('@') && key.add(domain)) key.end();
  else key.take(aorKey(aor));
}
