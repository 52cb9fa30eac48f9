import { aorKey, parseAor, type Aor } from '@nksip-ts/sip';
import { ExpiryWheel } from './expiry-wheel.js';
import { Held, RamIndex } from './ram-index.js';
import { bytesOfText, RamText, textOfBytes } from './ram-text.js';
import { withExpires, type Publication, type RegPublish } from './store.js';

/** The publications of one service in RAM. `now` is milliseconds since 1970, `ttl` seconds. */
export class RamShelf {
  readonly #index = new RamIndex();
  readonly #wheel = new ExpiryWheel<Held>();
  readonly #text = new RamText();
  /** The address last asked for: all that is done for one request is done for one. Texts, since an object may change. */
  #scheme = '';
  #user = '';
  #domain: string | undefined;
  #key = '';
  #hash = 0;

  /** Those that are over but not yet swept are counted. */
  get size(): number {
    return this.#wheel.size;
  }

  get(aor: Aor, tag: string, now: number): RegPublish | undefined {
    const held = this.#live(aor, tag, now);
    return held === undefined ? undefined : recordOf(held);
  }

  put(aor: Aor, tag: string, record: RegPublish, ttl: number, now: number): void {
    const known = this.#find(aor, tag);
    if (ttl <= 0) {
      if (known !== undefined) this.#remove(known);
      return;
    }
    const held = known ?? new Held(this.#key, this.#hash, this.#text.own(tag));
    held.deadline = now + ttl * 1000;
    this.#write(held, record);
    if (known !== undefined) return this.#wheel.move(held);
    this.#index.add(held);
    this.#wheel.add(held, now);
  }

  replace(aor: Aor, previousTag: string, tag: string, record: RegPublish, ttl: number, now: number): boolean {
    const previous = this.#live(aor, previousTag, now);
    if (previous === undefined) return false;
    if (previousTag !== tag) this.#remove(previous);
    this.put(aor, tag, record, ttl, now);
    return true;
  }

  del(aor: Aor, tag: string, now: number): boolean {
    const held = this.#live(aor, tag, now);
    if (held !== undefined) this.#remove(held);
    return held !== undefined;
  }

  count(aor: Aor, now: number): number {
    this.#turnTo(aor);
    return this.#index.count(this.#key, this.#hash, now);
  }

  held(aor?: Aor): Iterable<Held> {
    if (aor === undefined) return this.#index.all();
    this.#turnTo(aor);
    return this.#index.of(this.#key, this.#hash);
  }

  /** Takes away what is over, at most so many steps at a time; answers whether there is more. */
  sweep(now: number, steps: number, expired: (held: Held) => void): boolean {
    return this.#wheel.sweep(now, steps, (held) => {
      this.#index.remove(held);
      expired(held);
    });
  }

  #turnTo(aor: Aor): void {
    const { scheme, user, domain } = aor;
    if (user === this.#user && domain === this.#domain && scheme === this.#scheme) return;
    this.#key = aorKey(aor);
    this.#hash = this.#index.hashOf(this.#key);
    this.#scheme = scheme;
    this.#user = user;
    this.#domain = domain;
  }

  #find(aor: Aor, tag: string): Held | undefined {
    this.#turnTo(aor);
    return this.#index.get(this.#key, this.#hash, tag);
  }

  #live(aor: Aor, tag: string, now: number): Held | undefined {
    const held = this.#find(aor, tag);
    return held !== undefined && held.deadline > now ? held : undefined;
  }

  #remove(held: Held): void {
    this.#index.remove(held);
    this.#wheel.remove(held);
    held.deadline = 0; // for a list that has it in hand
  }

  #write(held: Held, record: RegPublish): void {
    held.data = textOfBytes(record.data);
    held.event = this.#text.shared(record.event);
    held.contentType = this.#text.shared(record.content_type);
    held.contentEncoding = this.#text.shared(record.content_encoding);
    held.expires = record.expires;
  }
}

function recordOf({ data, event, contentType, contentEncoding, expires }: Held): RegPublish {
  return withExpires({ data: bytesOfText(data), event, content_type: contentType, content_encoding: contentEncoding }, expires);
}

export function publicationOf(held: Held): Publication {
  // An address that is no URI was never in a request: somebody used the store by itself.
  const aor = parseAor(held.key) ?? { scheme: '', user: '', domain: held.key };
  return { aor, tag: held.tag, record: recordOf(held) };
}
