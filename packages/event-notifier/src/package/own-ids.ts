import { createHash } from 'node:crypto';

/** The ids of one document: each is there once (RFC 3863 4.1.2, RFC 4235 4.1.1). */
export class OwnIds {
  readonly #taken = new Set<string>();
  /** How many were derived from an id for one publication. With a count a thousand equal ones take a thousand steps, not half a million. */
  readonly #derived = new Map<string, number>();

  /** The id itself while it is free; then one that is derived from the publication's tag, so that it stays the same. */
  take(id: string, tag: string): string {
    let own = id;
    while (this.#taken.has(own)) own = `${id}-${createHash('sha256').update(`${tag}\n${this.#count(id, tag)}`).digest('hex').slice(0, 8)}`;
    this.#taken.add(own);
    return own;
  }

  #count(id: string, tag: string): number {
    const key = `${tag}\n${id}`;
    const before = this.#derived.get(key) ?? 0;
    this.#derived.set(key, before + 1);
    return before;
  }
}
