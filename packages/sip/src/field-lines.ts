import { addElements, tokenEnd, unfold, utf8Of } from './grammar.js';
import { headerIdOf, type HeaderId } from './header-names.js';
import { FIELD_END, FIELD_SIZE, FIELD_START, VALUE_END, VALUE_START, type MessageIndex } from './message-index.js';
import { UNKNOWN_HEADER } from './name-trie.js';

/** The header fields of a message as lines and values, whatever they mean. */
export abstract class FieldLines {
  /** @internal */
  constructor(/** @internal */ public index: MessageIndex) {}

  /** The number of field lines. */
  count(id: HeaderId): number {
    let count = 0;
    for (let at = this.find(id, 0); at >= 0; at = this.find(id, at + FIELD_SIZE)) count++;
    return count;
  }

  /** Whether there are several field lines. */
  isRepeated(id: HeaderId): boolean {
    return id < 31 ? (this.index.repeated & (1 << id)) !== 0 : this.count(id) > 1;
  }

  /** The value of the first field line: trimmed, folds undone. */
  first(id: HeaderId): string | undefined {
    const at = this.find(id, 0);
    return at < 0 ? undefined : this.value(at);
  }

  /** The values, one a field line. */
  values(id: HeaderId): string[] {
    const values: string[] = [];
    for (let at = this.find(id, 0); at >= 0; at = this.find(id, at + FIELD_SIZE)) values.push(this.value(at));
    return values;
  }

  /** The elements of a comma list over all its lines; quotes and `<>` hold. */
  list(id: HeaderId): string[] {
    const elements: string[] = [];
    for (let at = this.find(id, 0); at >= 0; at = this.find(id, at + FIELD_SIZE)) addElements(this.value(at), elements);
    return elements;
  }

  /** The values of any header as Unicode text, one a field line: any case, long name or compact form, unknown headers too. */
  header(name: string): readonly string[] {
    const id = headerIdOf(name);
    if (id !== undefined) return this.values(id).map(utf8Of);
    const wanted = name.toLowerCase();
    const values: string[] = [];
    for (let at = this.find(UNKNOWN_HEADER, 0); at >= 0; at = this.find(UNKNOWN_HEADER, at + FIELD_SIZE)) {
      if (this.name(at).toLowerCase() === wanted) values.push(utf8Of(this.value(at)));
    }
    return values;
  }

  /** The field lines as they came, byte for byte, folds included; a bare LF becomes CRLF. '' if there is none. */
  lines(id: HeaderId): string {
    let lines = '';
    for (let at = this.find(id, 0); at >= 0; at = this.find(id, at + FIELD_SIZE)) lines += this.line(at);
    return lines;
  }

  /** @internal The place in `index.fields` of the next field of `id`, from `at` on; -1 if there is none. */
  find(id: number, at: number): number {
    const { fields, seen, used } = this.index;
    if (id < 31 && (seen & (1 << id)) === 0) return -1;
    for (let p = at; p < used; p += FIELD_SIZE) if (fields[p] === id) return p;
    return -1;
  }

  /** @internal */
  place(at: number): number {
    return this.index.fields[at] ?? 0;
  }

  /**
   * Writes into `into`, at `at`, the field lines of several headers, as they came and in the order in which they came. Answers where that ends. `headers`: a
   * bit for each, `1 << id`, of ids below 31.
   */
  protected writeLines(headers: number, into: Uint8Array, at: number): number {
    const { bytes, fields, used } = this.index;
    let end = at;
    for (let p = 0; p < used; p += FIELD_SIZE) {
      const id = fields[p] ?? UNKNOWN_HEADER;
      if (id > 30 || (headers & (1 << id)) === 0) continue;
      const stop = this.place(p + FIELD_END);
      for (let from = this.place(p + FIELD_START); from < stop; from++) into[end++] = bytes[from] ?? 0;
    }
    return end;
  }

  private value(at: number): string {
    const value = this.index.text.substring(this.place(at + VALUE_START), this.place(at + VALUE_END));
    return this.index.folded ? unfold(value) : value;
  }

  private name(at: number): string {
    const start = this.place(at + FIELD_START);
    return this.index.text.substring(start, tokenEnd(this.index.text, start, this.place(at + VALUE_START)));
  }

  private line(at: number): string {
    const line = this.index.text.substring(this.place(at + FIELD_START), this.place(at + FIELD_END));
    return this.index.bareLf ? line.replace(/\r?\n/g, '\r\n') : line;
  }
}
