import type { Kind } from '../store/contract.js';

/** Kinds that have a number, for as long as the service runs. Whoever sends a new Content-Type each time fills the table; it is no larger for that. */
const MOST = 1000;
/** Characters of such a kind, as JSON. */
const LONGEST = 200;

/** Bytes that a kind costs beside its texts. */
const BESIDE = 100;

/** Numbers kinds, what many publications have in common, from 1 up: the same texts come again and again, and are kept once. */
export class Kinds {
  readonly #kinds: Kind[] = [];
  readonly #numbers = new Map<string, number>();
  /** The kind met last with each event package: most often the next one is the same. */
  readonly #lastOf = new Map<string, number>();
  #allocated = 0;

  /** Bytes that the kinds with a number cost. */
  get allocated(): number { return this.#allocated; }

  /** 0 where there is no room for another kind, and for one with long texts. */
  numberOf(kind: Kind): number {
    return this.#ifLast(kind) ?? this.#find(kind);
  }

  /** By how many bytes `allocated` grows when a kind is given its number; undefined where it gets none. Adds nothing. */
  growth(kind: Kind): number | undefined {
    if (this.#ifLast(kind) !== undefined) return 0;
    const text = textOfKind(kind);
    if (this.#numbers.has(text)) return 0;
    return this.#hasRoomFor(text) ? costOf(text) : undefined;
  }

  at(number: number): Kind | undefined {
    return this.#kinds[number - 1];
  }

  /** The number of a kind that is the last one with its event package. */
  #ifLast(kind: Kind): number | undefined {
    const number = this.#lastOf.get(kind.event);
    const last = number === undefined ? undefined : this.at(number);
    return last !== undefined && isSame(last, kind) ? number : undefined;
  }

  #find(kind: Kind): number {
    const text = textOfKind(kind);
    const number = this.#numbers.get(text) ?? this.#add(text);
    const own = this.at(number);
    if (own !== undefined) this.#lastOf.set(own.event, number);
    return number;
  }

  #add(text: string): number {
    if (!this.#hasRoomFor(text)) return 0;
    this.#kinds.push(kindOfText(text)); // read from a text of its own: what comes from a request is a slice that holds the datagram
    this.#numbers.set(text, this.#kinds.length);
    this.#allocated += costOf(text);
    return this.#kinds.length;
  }

  #hasRoomFor(text: string): boolean {
    return this.#kinds.length < MOST && text.length <= LONGEST;
  }
}

/** Bytes of a kind that has a number: its text is there twice, and may have two bytes a character. */
function costOf(text: string): number {
  return BESIDE + 4 * text.length;
}

export function textOfKind({ event, content_type, content_encoding }: Kind): string {
  return JSON.stringify([event, content_type ?? null, content_encoding ?? null]);
}

export function kindOfText(text: string): Kind {
  const [event, contentType, contentEncoding] = JSON.parse(text) as [string, string | null, string | null];
  return { event, ...(contentType !== null && { content_type: contentType }), ...(contentEncoding !== null && { content_encoding: contentEncoding }) };
}

function isSame(one: Kind, other: Kind): boolean {
  return one.event === other.event && one.content_type === other.content_type && one.content_encoding === other.content_encoding;
}
