import type { EventStateStore, Publication, StoredPublish } from '@nksip-ts/event-compositor';
import { aorKey, type Aor } from '@nksip-ts/sip';

interface Kept extends Publication {
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** A store in a Map whose list takes its time, before each publication anew: what changes meanwhile may be in it, or not. It tells nobody when something expires. */
export class SlowStore implements EventStateStore {
  readonly #kept = new Map<string, Kept>();

  /** What is waited for before each publication that is listed, and at the end, of the address that is listed: milliseconds, or something else. */
  constructor(private readonly pause: (aor: Aor | undefined) => number | Promise<void>) {}

  get(_: string, aor: Aor, tag: string): StoredPublish | undefined {
    return this.#live(keyOf(aor, tag))?.record;
  }

  put(_: string, aor: Aor, tag: string, record: Publication['record'], ttl: number): void {
    this.#kept.set(keyOf(aor, tag), { aor, tag, record: { ...record, data: new Uint8Array(record.data) }, until: Date.now() + 1000 * ttl });
  }

  del(_: string, aor: Aor, tag: string): boolean {
    return this.#live(keyOf(aor, tag)) !== undefined && this.#kept.delete(keyOf(aor, tag));
  }

  delAll(): void {
    this.#kept.clear();
  }

  async *list(_: string, aor?: Aor): AsyncIterable<Publication> {
    for (const key of [...this.#kept.keys()]) {
      await this.#wait(aor);
      const one = this.#live(key);
      if (one !== undefined && (aor === undefined || aorKey(one.aor) === aorKey(aor))) yield one;
    }
    await this.#wait(aor);
  }

  #live(key: string): Kept | undefined {
    const one = this.#kept.get(key);
    return one !== undefined && one.until > Date.now() ? one : undefined;
  }

  async #wait(aor: Aor | undefined): Promise<void> {
    const pause = this.pause(aor);
    if (typeof pause !== 'number') await pause;
    else if (pause > 0) await new Promise((resolve) => { setTimeout(resolve, pause); });
  }
}

function keyOf(aor: Aor, tag: string): string {
  return `${aorKey(aor)} ${tag}`;
}
