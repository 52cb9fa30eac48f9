import { NksipError } from '@nksip-ts/core';
import type { RegContact } from './contract.js';

// The contacts of an address as one text: JSON, without names, in the order of `fieldsOf`. The first item is the number of the format.

const FORMAT = 1;

type Source = NonNullable<RegContact['source']>;
type Fields = readonly [
  contact: string, expires: number, call_id: string, cseq: number, source: readonly [Source['transport'], Source['address'], Source['port']] | 0,
  q?: number | null, instance?: string | null, reg_id?: number | null, path?: readonly string[] | null, params?: Readonly<Record<string, string>> | null,
];

export function textOfContacts(contacts: readonly RegContact[]): string {
  let text = `[${FORMAT}`;
  for (const contact of contacts) text += `,${fieldsText(contact)}`;
  return `${text}]`;
}

/** Throws `store_unavailable` for a newer format, `store_damaged` for anything else that it cannot read. */
export function contactsOfText(text: string): readonly RegContact[] {
  const [format, ...items] = listIn(text);
  if (typeof format === 'number' && format > FORMAT) throw new NksipError('store_unavailable', { reason: `registrations are stored in format ${format}, and this version reads ${FORMAT}: a newer version of the registrar uses the same store` });
  if (format !== FORMAT || !items.every(areFields)) throw damaged();
  return items.map(contactOf);
}

/** Item by item: as a list for JSON.stringify it took several times as long. */
function fieldsText({ contact, expires, call_id, cseq, source, q, instance, reg_id, path, params }: RegContact): string {
  const from = source === undefined ? '0' : `["${source.transport}",${JSON.stringify(source.address)},${source.port}]`;
  const needed = `[${JSON.stringify(contact)},${milliseconds(expires)},${JSON.stringify(call_id)},${cseq},${from}`;
  if (q === undefined && instance === undefined && reg_id === undefined && path === undefined && params === undefined) return `${needed}]`;
  return `${needed},${JSON.stringify([q, instance, reg_id, path, params]).slice(1)}`;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function contactOf([contact, expires, call_id, cseq, source, q, instance, reg_id, path, params]: Fields): RegContact {
  const made: Writable<RegContact> = { contact, expires, call_id, cseq };
  if (source !== 0) made.source = { transport: source[0], address: source[1], port: source[2] };
  if (isThere(q)) made.q = q;
  if (isThere(instance)) made.instance = instance;
  if (isThere(reg_id)) made.reg_id = reg_id;
  if (isThere(path)) made.path = path;
  if (isThere(params)) made.params = params;
  return made;
}

function isThere<V>(value: V | null | undefined): value is V {
  return value !== undefined && value !== null;
}

/** Rounded: the rest is the error of computing it. */
function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

function listIn(text: string): readonly unknown[] {
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list)) return list;
  } catch { /* told below */ }
  throw damaged();
}

function areFields(item: unknown): item is Fields {
  if (!Array.isArray(item) || item.length < 5) return false;
  const [contact, expires, call_id, cseq]: readonly unknown[] = item;
  return typeof contact === 'string' && typeof expires === 'number' && typeof call_id === 'string' && typeof cseq === 'number';
}

function damaged(): NksipError {
  return new NksipError('store_damaged', { record: 'the contacts of an address' });
}
