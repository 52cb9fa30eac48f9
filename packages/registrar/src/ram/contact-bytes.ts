import { TextBytes, textOfBytes, type Memory } from '@nksip-ts/memory';
import type { RegContact } from '../store/contract.js';

// The contacts of an address as bytes: numbers, as many for each, then the texts of all of them as one text.

/** The 64-bit numbers of a contact, each in its place. EXPIRES in milliseconds. */
const EXPIRES = 0, CSEQ = 1;
/** The 32-bit numbers, in the places of 4 to 10. All but PORT are the lengths of texts, in characters. */
const CONTACT = 4, CALL_ID = 5, TRANSPORT = 6, ADDRESS = 7, PORT = 8, INSTANCE = 9, OTHERS = 10;
/** Bytes of all the numbers of a contact. */
const NUMBERS = 48;
/** The length of a text that is not there. */
const NO_TEXT = -1;

/** What few contacts have. */
type Others = readonly [q: number | null, reg_id: number | null, path: readonly string[] | null, params: Readonly<Record<string, string>> | null];

/** Contacts that are about to be written, until it takes others. */
export class ContactBytes {
  readonly #text = new TextBytes();
  /** How long the text of what few have is, of each contact. */
  readonly #others: number[] = [];
  #contacts: readonly RegContact[] = [];

  /** Bytes of numbers and text. */
  get length(): number {
    return NUMBERS * this.#contacts.length + this.#text.length;
  }

  get count(): number {
    return this.#contacts.length;
  }

  /** Of the text alone. */
  get textLength(): number {
    return this.#text.length;
  }

  take(contacts: readonly RegContact[]): void {
    let text = '';
    this.#contacts = contacts;
    this.#others.length = 0;
    for (const one of contacts) {
      const { contact, call_id, source, instance } = one;
      const others = othersOf(one);
      text += contact + call_id;
      if (source !== undefined) text += source.transport + source.address;
      if (instance !== undefined) text += instance;
      text += others;
      this.#others.push(others.length);
    }
    this.#text.take(text);
  }

  /** `start`: a multiple of 8. `ahead`: milliseconds that are subtracted from each `expires`. */
  writeTo({ bytes, ints, doubles }: Memory, start: number, ahead: number): void {
    let at = start;
    let i = 0;
    for (const { contact, expires, call_id, cseq, source, instance } of this.#contacts) {
      const int = at >>> 2;
      const double = at >>> 3;
      doubles[double + EXPIRES] = expires * 1000 - ahead;
      doubles[double + CSEQ] = cseq;
      ints[int + CONTACT] = contact.length;
      ints[int + CALL_ID] = call_id.length;
      ints[int + TRANSPORT] = lengthOf(source?.transport);
      ints[int + ADDRESS] = lengthOf(source?.address);
      ints[int + PORT] = source?.port ?? 0;
      ints[int + INSTANCE] = lengthOf(instance);
      ints[int + OTHERS] = this.#others[i++] ?? 0;
      at += NUMBERS;
    }
    this.#text.writeTo(bytes, at);
  }
}

function lengthOf(text: string | undefined): number {
  return text === undefined ? NO_TEXT : text.length;
}

function othersOf({ q, reg_id, path, params }: RegContact): string {
  return q === undefined && reg_id === undefined && path === undefined && params === undefined ? '' : JSON.stringify([q, reg_id, path, params]);
}

/** So many contacts that were written at `start`. `textLength`: bytes of their text; `ahead`: milliseconds that are added to each `expires`. */
export function contactsAt({ bytes, ints, doubles }: Memory, start: number, count: number, textLength: number, ahead: number): readonly RegContact[] {
  const textStart = start + NUMBERS * count;
  const text = new TextReader(textOfBytes(bytes, textStart, textStart + textLength));
  const contacts: RegContact[] = [];
  for (let at = start; at < textStart; at += NUMBERS) {
    const int = at >>> 2;
    const double = at >>> 3;
    const contact: Writable<RegContact> = {
      contact: text.next(ints[int + CONTACT] ?? 0),
      expires: Math.round((doubles[double + EXPIRES] ?? 0) + ahead) / 1000,
      call_id: text.next(ints[int + CALL_ID] ?? 0),
      cseq: doubles[double + CSEQ] ?? 0,
    };
    const transport = ints[int + TRANSPORT] ?? NO_TEXT;
    if (transport !== NO_TEXT) contact.source = { transport: text.next(transport), address: text.next(ints[int + ADDRESS] ?? 0), port: ints[int + PORT] ?? 0 };
    const instance = ints[int + INSTANCE] ?? NO_TEXT;
    if (instance !== NO_TEXT) contact.instance = text.next(instance);
    const others = ints[int + OTHERS] ?? 0;
    if (others > 0) addOthers(contact, JSON.parse(text.next(others)) as Others);
    contacts.push(contact);
  }
  return contacts;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function addOthers(contact: Writable<RegContact>, [q, reg_id, path, params]: Others): void {
  if (q !== null) contact.q = q;
  if (reg_id !== null) contact.reg_id = reg_id;
  if (path !== null) contact.path = path;
  if (params !== null) contact.params = params;
}

/** Reads one text after the other out of those that were joined. */
class TextReader {
  #at = 0;

  constructor(private readonly text: string) {}

  next(length: number): string {
    return this.text.substring(this.#at, this.#at += length);
  }
}
