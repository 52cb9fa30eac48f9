import { isUtf8 } from 'node:buffer';
import { Action, kindNumbers, OUTSIDE, REFUSED, steps, TEXT } from './usual-grammar.js';

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
  /** The name that is read, and the value. */
  #start = 0;
  #colon = -1;
  #end = 0;
  #value = 0;
  /** The tag that is read, and its attributes; the prefixed one among them, -1: there is none. */
  #tagStart = 0;
  #tagColon = -1;
  #tagEnd = 0;
  readonly #attributes = new Pieces(usualAttributes);
  #prefixed = -1;
  /** Elements that are open. */
  readonly #open = new Pieces(usualDepth);
  /** Prefixes that are declared; how many were before the tag that is read, and before each open element. */
  readonly #prefixes = new Pieces(usualPrefixes);
  #before = 0;
  readonly #beforeOpen = new Int32Array(usualDepth);
  /** The first tag, and the value that declares its namespace. */
  readonly #root = new Pieces(1);
  readonly #namespace = new Pieces(1);
  #last: Last = { name: nothing, namespace: nothing, root: { name: '', namespace: '' } };

  at(source: Buffer): XmlRoot | undefined {
    this.#source = source;
    this.#open.size = this.#prefixes.size = this.#root.size = this.#namespace.size = 0;
    const root = this.#isUsual() ? this.#found() : undefined;
    this.#source = nothing;
    return root;
  }

  #isUsual(): boolean {
    const source = this.#source;
    let state = OUTSIDE;
    let all = 0;
    for (let at = this.#afterDeclaration(); at < source.length; at++) {
      const byte = source[at] ?? 0;
      all |= byte;
      const step = steps[16 * state + (kindNumbers[byte] ?? 0)] ?? REFUSED;
      state = step < 256 ? step : this.#act(step >> 8, at, step & 255);
      if (state === REFUSED) return false;
    }
    return state === OUTSIDE && this.#root.size > 0 && (all < 0x80 || this.#isText());
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
    const copy = (from: number, to: number): Buffer => Buffer.from(this.#source.subarray(from, to));
    this.#last = { name: copy(start, end), namespace: copy(value, valueEnd), root: { name: this.#text(start, end), namespace: this.#text(value, valueEnd) } };
    return this.#last.root;
  }

  /** The state behind it, which is `next` if all is well and nothing else is said. */
  #act(action: number, at: number, next: number): number {
    switch (action) {
      case Action.TagName:
        return this.#beginTag(at) ? next : REFUSED;
      case Action.TagNameAndOpen:
        return this.#beginTag(at) && this.#isDeclared(this.#start, this.#colon) ? this.#openElement() : REFUSED;
      case Action.Open:
        return this.#endTag() ? this.#openElement() : REFUSED;
      case Action.Empty:
        return this.#endTag() ? this.#behind(this.#before) : REFUSED;
      case Action.Attribute:
        return this.#attribute(at) ? next : REFUSED;
      case Action.EndNameAndClose:
        this.#end = at;
        return this.#closeElement();
      case Action.Close:
        return this.#closeElement();
      default:
        this.#mark(action, at);
        return next;
    }
  }

  #mark(action: number, at: number): void {
    if (action === Action.Colon) this.#colon = at;
    else if (action === Action.Value) this.#value = at + 1;
    else if (action === Action.NameEnd) this.#end = at;
    else {
      this.#start = at;
      this.#colon = -1;
    }
  }

  #beginTag(end: number): boolean {
    this.#tagStart = this.#start;
    this.#tagColon = this.#colon;
    this.#tagEnd = end;
    this.#attributes.size = 0;
    this.#prefixed = -1;
    this.#before = this.#prefixes.size;
    return this.#open.size > 0 || this.#root.add(this.#start, this.#colon, end);
  }

  /** Namespaces in XML 1.0: prefixes must be declared. */
  #endTag(): boolean {
    const { start, colon } = this.#attributes;
    const [from = 0, to = -1] = [start[this.#prefixed], colon[this.#prefixed]];
    return this.#isDeclared(this.#tagStart, this.#tagColon) && (this.#prefixed < 0 || this.#equals(from, to, XML) || this.#isDeclared(from, to));
  }

  #openElement(): number {
    this.#beforeOpen[this.#open.size] = this.#before;
    return this.#open.add(this.#tagStart, this.#tagColon, this.#tagEnd) ? TEXT : REFUSED;
  }

  #closeElement(): number {
    const { start, end, size } = this.#open;
    const last = size - 1;
    if (last < 0 || !this.#isSame(this.#start, this.#end, start[last] ?? 0, end[last] ?? 0)) return REFUSED;
    this.#open.size = last;
    return this.#behind(this.#beforeOpen[last] ?? 0);
  }

  /** Behind the end of an element, before which so many prefixes were declared. */
  #behind(prefixes: number): number {
    this.#prefixes.size = prefixes;
    return this.#open.size === 0 ? OUTSIDE : TEXT;
  }

  /** No attribute may occur twice. A tag with two prefixed attributes is left to `readXml`. */
  #attribute(valueEnd: number): boolean {
    const { start, end, size } = this.#attributes;
    for (let i = 0; i < size; i++) if (this.#isSame(this.#start, this.#end, start[i] ?? 0, end[i] ?? 0)) return false;
    if (!this.#attributes.add(this.#start, this.#colon, this.#end)) return false;
    if (this.#equals(this.#start, this.#colon < 0 ? this.#end : this.#colon, XMLNS)) return this.#declare(valueEnd);
    if (this.#colon < 0) return true;
    const isFirst = this.#prefixed < 0;
    this.#prefixed = size;
    return isFirst;
  }

  /** `xmlns="value"` or `xmlns:prefix="value"`. */
  #declare(valueEnd: number): boolean {
    const value = this.#value;
    // The parser leaves out white space at both ends, that of Unicode too.
    if (this.#mayBeSpace(value) || this.#mayBeSpace(valueEnd - 1) || this.#equals(value, value + W3.length, W3)) return false;
    if (this.#colon >= 0 && !this.#declarePrefix(valueEnd)) return false;
    if (this.#open.size > 0 || !this.#isPrefixOf(this.#tagStart, this.#tagColon, this.#colon < 0 ? -1 : this.#colon + 1, this.#end)) return true;
    // White space in a value is read as another one (XML 1.0 3.3.3).
    return this.#namespace.add(value, -1, valueEnd) && !this.#hasOtherSpace(value, valueEnd);
  }

  /** A prefix cannot be undone, and none begins like `xml`. */
  #declarePrefix(valueEnd: number): boolean {
    const start = this.#colon + 1;
    return valueEnd > this.#value && !/^xml/i.test(this.#text(start, start + XML.length)) && this.#prefixes.add(start, -1, this.#end);
  }

  #isDeclared(start: number, colon: number): boolean {
    if (colon < 0) return true;
    const { start: starts, end: ends, size } = this.#prefixes;
    for (let i = 0; i < size; i++) if (this.#isPrefixOf(start, colon, starts[i] ?? 0, ends[i] ?? 0)) return true;
    return false;
  }

  /** Of a name with this colon; `prefixStart` -1: the default namespace, for names without one. */
  #isPrefixOf(start: number, colon: number, prefixStart: number, prefixEnd: number): boolean {
    return prefixStart < 0 || colon < 0 ? prefixStart < 0 && colon < 0 : this.#isSame(start, colon, prefixStart, prefixEnd);
  }

  #hasOtherSpace(start: number, end: number): boolean {
    for (let at = start; at < end; at++) if (this.#source[at] !== 0x20 && kindNumbers[this.#source[at] ?? 0] === SPACE) return true;
    return false;
  }

  #mayBeSpace(at: number): boolean {
    const code = this.#source[at] ?? 0;
    return code >= 0x80 || kindNumbers[code] === SPACE;
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

const SPACE = kindNumbers[0x20];
const look = new Look();
