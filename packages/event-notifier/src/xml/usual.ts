import { isUtf8 } from 'node:buffer';

/** The name of a root element without its prefix, and its namespace. */
export interface XmlRoot {
  readonly name: string;
  readonly namespace: string;
}

/** Limits here; none is above that of `readXml`. */
const usualDepth = 16, usualAttributes = 20, usualPrefixes = 32;

const XMLNS = Buffer.from('xmlns'), XML = Buffer.from('xml'), W3 = Buffer.from('http://www.w3.org/');
const declaration = /^<\?xml version=(["'])1\.0\1(?: encoding=(["'])(?:UTF-8|utf-8)\2)?(?: standalone=(["'])(?:yes|no)\3)? ?\?>/;
const longestDeclaration = 80;
const USUAL = Buffer.from('<?xml version="1.0" encoding="UTF-8"?>');
const nothing = Buffer.alloc(0);

const LESS = 0x3c, GREATER = 0x3e, SLASH = 0x2f, COLON = 0x3a, EQUALS = 0x3d, DOUBLE = 0x22, SINGLE = 0x27;

/** Bits of the table below: white space, what a name begins with, what it may have, text, values of attributes. */
const SPACE = 1, START = 2, NAME = 4, TEXT = 8, VALUE = 16;

/** What each byte may be part of. References, `<` and `>` in text are left to `readXml`, and so is `]`, which may end what is no CDATA. */
const kinds = Uint8Array.from({ length: 256 }, (_, code) => {
  const char = String.fromCharCode(code);
  if (/[\t\n\r ]/.test(char)) return SPACE | TEXT | VALUE;
  if (code < 0x20 || /[<>&]/.test(char)) return 0;
  if (/[A-Za-z_]/.test(char)) return START | NAME | TEXT | VALUE;
  if (/[\d.-]/.test(char)) return NAME | TEXT | VALUE;
  return char === ']' ? VALUE : TEXT | VALUE;
});

/** Instead of a place in the source: `readXml` must decide. */
const REFUSED = -1;

/**
 * The root of a well-formed document of the usual shape: tags, attributes and text, and nothing else. Undefined: `readXml` must decide.
 * Each PUBLISH is checked, so nothing is allocated but what is returned.
 */
export function usualRoot(source: Uint8Array): XmlRoot | undefined {
  return look.at(Buffer.isBuffer(source) ? source : Buffer.from(source.buffer, source.byteOffset, source.length));
}

/** Names and values in the source: where each begins, where its colon is (-1: it has none), and where it ends. */
class Pieces {
  size = 0;
  readonly start: Int32Array;
  readonly colon: Int32Array;
  readonly end: Int32Array;

  constructor(private readonly most: number) {
    this.start = new Int32Array(most);
    this.colon = new Int32Array(most);
    this.end = new Int32Array(most);
  }

  /** False: there is no room. */
  add(start: number, colon: number, end: number): boolean {
    const i = this.size;
    if (i === this.most) return false;
    this.start[i] = start;
    this.colon[i] = colon;
    this.end[i] = end;
    this.size++;
    return true;
  }
}

/** A root that was found, and its texts as they stand in a source. */
interface Last {
  readonly name: Uint8Array;
  readonly namespace: Uint8Array;
  readonly root: XmlRoot;
}

/** One look, used again for the next: each is over before another begins. */
class Look {
  #source: Buffer = nothing;
  /** The bits of all bytes in text and values: above 0x7f where one of them is beyond ASCII. */
  #all = 0;
  /** Of the name that was read last; -1: it has none. */
  #colon = -1;
  /** The tag that is read, and its attributes; the prefixed one among them, -1: there is none. */
  #tagStart = 0;
  #tagColon = -1;
  readonly #attributes = new Pieces(usualAttributes);
  #prefixed = -1;
  /** Elements that are open. */
  readonly #open = new Pieces(usualDepth);
  /** Prefixes that are declared, and how many were before each open element. */
  readonly #prefixes = new Pieces(usualPrefixes);
  readonly #beforeOpen = new Int32Array(usualDepth);
  /** The first tag, and the value that declares its namespace. */
  readonly #root = new Pieces(1);
  readonly #namespace = new Pieces(1);
  #last: Last = { name: nothing, namespace: nothing, root: { name: '', namespace: '' } };

  at(source: Buffer): XmlRoot | undefined {
    this.#source = source;
    this.#all = this.#open.size = this.#prefixes.size = this.#root.size = this.#namespace.size = 0;
    const root = this.#isUsual() ? this.#found() : undefined;
    this.#source = nothing;
    return root;
  }

  #isUsual(): boolean {
    const source = this.#source;
    let at = this.#afterDeclaration();
    while (at < source.length) {
      const byte = source[at] ?? 0;
      // Outside of the root there is white space only.
      if (((kinds[byte] ?? 0) & (this.#open.size === 0 ? SPACE : TEXT)) !== 0) {
        this.#all |= byte;
        at++;
      } else {
        if (byte !== LESS) return false;
        at = source[at + 1] === SLASH ? this.#endTag(at + 2) : this.#startTag(at + 1);
        if (at === REFUSED) return false;
      }
    }
    return this.#open.size === 0 && this.#root.size > 0 && (this.#all < 0x80 || this.#isText());
  }

  #afterDeclaration(): number {
    const source = this.#source;
    if (source[1] !== 0x3f) return 0;
    if (this.#equals(0, Math.min(source.length, USUAL.length), USUAL)) return USUAL.length;
    return declaration.exec(this.#text(0, longestDeclaration))?.[0].length ?? 0;
  }

  /** UTF-8 without the two characters that XML has not (2.2). */
  #isText(): boolean {
    return isUtf8(this.#source) && !this.#source.includes('\uFFFE') && !this.#source.includes('\uFFFF');
  }

  /** Most roots are as the last one was, and no texts are made of these. */
  #found(): XmlRoot {
    const colon = this.#root.colon[0] ?? -1;
    const start = colon < 0 ? this.#root.start[0] ?? 0 : colon + 1;
    const end = this.#root.end[0] ?? 0;
    const hasNamespace = this.#namespace.size > 0;
    const value = hasNamespace ? this.#namespace.start[0] ?? 0 : 0;
    const valueEnd = hasNamespace ? this.#namespace.end[0] ?? 0 : 0;
    const { name, namespace } = this.#last;
    if (this.#equals(start, end, name) && this.#equals(value, valueEnd, namespace)) return this.#last.root;
    const root = { name: this.#text(start, end), namespace: this.#text(value, valueEnd) };
    this.#last = { name: Buffer.from(root.name), namespace: Buffer.from(root.namespace), root };
    return root;
  }

  /** A start tag, whose name begins at `start`: where it ends. */
  #startTag(start: number): number {
    const source = this.#source;
    const before = this.#prefixes.size;
    const end = this.#nameEnd(start);
    const colon = this.#colon;
    if (end === REFUSED || (this.#open.size === 0 && !this.#root.add(start, colon, end))) return REFUSED;
    this.#tagStart = start;
    this.#tagColon = colon;
    this.#attributes.size = 0;
    this.#prefixed = -1;
    let at = this.#afterAttributes(end);
    if (at === REFUSED || ((colon >= 0 || this.#prefixed >= 0) && !this.#areDeclared())) return REFUSED;
    if (source[at] === SLASH) {
      this.#prefixes.size = before;
      return source[++at] === GREATER ? at + 1 : REFUSED;
    }
    this.#beforeOpen[this.#open.size] = before;
    return this.#open.add(start, colon, end) ? at + 1 : REFUSED;
  }

  /** An end tag, whose name begins at `start`: that of the last element that is open. Where it ends. */
  #endTag(start: number): number {
    const source = this.#source;
    const { start: starts, end: ends, size } = this.#open;
    const last = size - 1;
    if (last < 0) return REFUSED;
    const end = ends[last] ?? 0;
    let at = start;
    for (let own = starts[last] ?? 0; own < end; own++) if (source[at++] !== source[own]) return REFUSED;
    while (((kinds[source[at] ?? 0] ?? 0) & SPACE) !== 0) at++;
    this.#open.size = last;
    this.#prefixes.size = this.#beforeOpen[last] ?? 0;
    return source[at] === GREATER ? at + 1 : REFUSED;
  }

  /** `name` or `prefix:name`; its colon is then in `#colon`. */
  #nameEnd(start: number): number {
    const source = this.#source;
    this.#colon = -1;
    if (((kinds[source[start] ?? 0] ?? 0) & START) === 0) return REFUSED;
    let at = start + 1;
    while (((kinds[source[at] ?? 0] ?? 0) & NAME) !== 0) at++;
    if (source[at] !== COLON) return at;
    this.#colon = at++;
    if (((kinds[source[at] ?? 0] ?? 0) & START) === 0) return REFUSED;
    while (((kinds[source[at] ?? 0] ?? 0) & NAME) !== 0) at++;
    return at;
  }

  /** Where the `>` or `/` behind the attributes is. */
  #afterAttributes(start: number): number {
    const source = this.#source;
    let at = start;
    for (;;) {
      const behind = at;
      while (((kinds[source[at] ?? 0] ?? 0) & SPACE) !== 0) at++;
      if (source[at] === GREATER || source[at] === SLASH) return at;
      // White space must stand before each attribute.
      at = at === behind ? REFUSED : this.#attribute(at);
      if (at === REFUSED) return REFUSED;
    }
  }

  /** `name = "value"`: where it ends. */
  #attribute(start: number): number {
    const source = this.#source;
    const end = this.#nameEnd(start);
    const value = end === REFUSED ? REFUSED : this.#valueStart(end);
    if (value === REFUSED) return REFUSED;
    const quote = source[value - 1];
    let at = value;
    let all = 0;
    for (; source[at] !== quote; at++) {
      const byte = source[at] ?? 0;
      if (((kinds[byte] ?? 0) & VALUE) === 0) return REFUSED;
      all |= byte;
    }
    this.#all |= all;
    return this.#takes(start, end, value, at) ? at + 1 : REFUSED;
  }

  /** Behind the `="` that follows a name. */
  #valueStart(nameEnd: number): number {
    const source = this.#source;
    let at = nameEnd;
    while (((kinds[source[at] ?? 0] ?? 0) & SPACE) !== 0) at++;
    if (source[at++] !== EQUALS) return REFUSED;
    while (((kinds[source[at] ?? 0] ?? 0) & SPACE) !== 0) at++;
    return source[at] === DOUBLE || source[at] === SINGLE ? at + 1 : REFUSED;
  }

  /** No attribute may occur twice. A tag with two prefixed attributes is left to `readXml`. */
  #takes(start: number, end: number, value: number, valueEnd: number): boolean {
    const colon = this.#colon;
    const { start: starts, end: ends, size } = this.#attributes;
    for (let i = 0; i < size; i++) if (this.#isSame(start, end, starts[i] ?? 0, ends[i] ?? 0)) return false;
    if (!this.#attributes.add(start, colon, end)) return false;
    if (this.#equals(start, colon < 0 ? end : colon, XMLNS)) return this.#declare(colon, end, value, valueEnd);
    if (colon < 0) return true;
    const isFirst = this.#prefixed < 0;
    this.#prefixed = size;
    return isFirst;
  }

  /** `xmlns="value"`, or `xmlns:prefix="value"` with a colon. */
  #declare(colon: number, end: number, value: number, valueEnd: number): boolean {
    // The parser leaves out white space at both ends, that of Unicode too.
    if (this.#mayBeSpace(value) || this.#mayBeSpace(valueEnd - 1) || this.#equals(value, value + W3.length, W3)) return false;
    if (colon >= 0 && !this.#declarePrefix(colon + 1, end, valueEnd > value)) return false;
    if (this.#open.size > 0 || !this.#isPrefixOf(this.#tagStart, this.#tagColon, colon < 0 ? -1 : colon + 1, end)) return true;
    // White space in a value is read as another one (XML 1.0 3.3.3).
    return this.#namespace.add(value, -1, valueEnd) && !this.#hasOtherSpace(value, valueEnd);
  }

  /** A prefix cannot be undone, and none begins like `xml`. */
  #declarePrefix(start: number, end: number, hasValue: boolean): boolean {
    return hasValue && !/^xml/i.test(this.#text(start, start + XML.length)) && this.#prefixes.add(start, -1, end);
  }

  /** Namespaces in XML 1.0: the prefixes of a tag must be declared. */
  #areDeclared(): boolean {
    if (this.#tagColon >= 0 && !this.#isDeclared(this.#tagStart, this.#tagColon)) return false;
    if (this.#prefixed < 0) return true;
    const start = this.#attributes.start[this.#prefixed] ?? 0;
    const colon = this.#attributes.colon[this.#prefixed] ?? -1;
    return this.#equals(start, colon, XML) || this.#isDeclared(start, colon);
  }

  #isDeclared(start: number, colon: number): boolean {
    const { start: starts, end: ends, size } = this.#prefixes;
    for (let i = 0; i < size; i++) if (this.#isPrefixOf(start, colon, starts[i] ?? 0, ends[i] ?? 0)) return true;
    return false;
  }

  /** Of a name with this colon; `prefixStart` -1: the default namespace, for names without one. */
  #isPrefixOf(start: number, colon: number, prefixStart: number, prefixEnd: number): boolean {
    return prefixStart < 0 || colon < 0 ? prefixStart < 0 && colon < 0 : this.#isSame(start, colon, prefixStart, prefixEnd);
  }

  #hasOtherSpace(start: number, end: number): boolean {
    for (let at = start; at < end; at++) if (this.#source[at] !== 0x20 && this.#isSpace(at)) return true;
    return false;
  }

  #mayBeSpace(at: number): boolean {
    return (this.#source[at] ?? 0) >= 0x80 || this.#isSpace(at);
  }

  #isSpace(at: number): boolean {
    return ((kinds[this.#source[at] ?? 0] ?? 0) & SPACE) !== 0;
  }

  #isSame(start: number, end: number, otherStart: number, otherEnd: number): boolean {
    if (end - start !== otherEnd - otherStart) return false;
    const source = this.#source;
    for (let i = 0; i < end - start; i++) if (source[start + i] !== source[otherStart + i]) return false;
    return true;
  }

  #equals(start: number, end: number, text: Uint8Array): boolean {
    if (end - start !== text.length) return false;
    for (let i = 0; i < text.length; i++) if (this.#source[start + i] !== text[i]) return false;
    return true;
  }

  #text(start: number, end: number): string {
    return this.#source.toString('utf8', start, end);
  }
}

const look = new Look();
