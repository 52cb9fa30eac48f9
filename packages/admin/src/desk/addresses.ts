import type { Publication } from '@nksip-ts/event-compositor';
import { aorKey, type Aor } from '@nksip-ts/sip';
import type { AddressQuery, AddressRow, Page } from '../contract/objects.js';
import type { Host } from './host.js';
import type { Listings } from './listings.js';
import { beginsWith } from './views.js';

/** Addresses that are remembered, so that none is told twice. */
const MOST_SEEN = 10_000;

/** Undefined: it was looked at, and does not match. */
type Row = AddressRow | undefined;

/** Every address that has anything, with how much. */
export async function listAddresses(listings: Listings, host: Host, { prefix = '', after, limit }: AddressQuery): Promise<Page<AddressRow>> {
  return await listings.page(after, limit, () => allRows(host, prefix)[Symbol.asyncIterator](), (row: Row) => row === undefined ? [] : [row]);
}

async function* allRows(host: Host, prefix: string): AsyncIterable<Row> {
  const rows = new Rows(host, prefix);
  yield* rows.published();
  yield* rows.watched();
  yield* rows.registered();
}

class Rows {
  /** The oldest is forgotten first. */
  readonly #seen = new Set<string>();

  constructor(private readonly host: Host, private readonly prefix: string) {}

  /** The publications of an address stand together in the built-in stores. */
  async *published(): AsyncIterable<Row> {
    let last: { readonly aor: Aor; many: number } | undefined;
    for await (const { aor } of this.host.compositor()?.list() ?? []) {
      if (last !== undefined && aorKey(last.aor) === aorKey(aor)) last.many++;
      else {
        if (last !== undefined) yield await this.#row(last.aor, last.many);
        last = { aor, many: 1 };
      }
      // So that an address with very many does not look like a store that hangs.
      if (last.many % 100 === 0) yield undefined;
    }
    if (last !== undefined) yield await this.#row(last.aor, last.many);
  }

  async *watched(): AsyncIterable<Row> {
    for (const { aor } of this.host.notifier()?.watchers() ?? []) yield await this.#unpublished(aor);
  }

  async *registered(): AsyncIterable<Row> {
    for await (const { aor } of this.host.registrar()?.list() ?? []) yield await this.#unpublished(aor);
  }

  async #unpublished(aor: Aor): Promise<Row> {
    if (!this.#isMeant(aor) || this.#seen.has(aorKey(aor))) return undefined;
    return await isEmpty(this.host.compositor()?.list(aor)) ? await this.#row(aor, 0) : undefined;
  }

  async #row(aor: Aor, publications: number): Promise<Row> {
    if (!this.#isMeant(aor) || !this.#isNew(aorKey(aor))) return undefined;
    return { uri: aorKey(aor), publications, watchers: this.host.notifier()?.count({ aor }) ?? 0, registrations: (await this.host.registrar()?.find(aor))?.length ?? 0 };
  }

  #isMeant(aor: Aor): boolean {
    return this.prefix === '' || beginsWith(aorKey(aor), this.prefix);
  }

  #isNew(key: string): boolean {
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    const [oldest] = this.#seen;
    if (this.#seen.size > MOST_SEEN && oldest !== undefined) this.#seen.delete(oldest);
    return true;
  }
}

async function isEmpty(publications: AsyncIterable<Publication> | undefined): Promise<boolean> {
  for await (const _ of publications ?? []) return false;
  return true;
}
