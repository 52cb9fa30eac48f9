import { isUtf8 } from 'node:buffer';

/** The name of a root element without its prefix, and its namespace. */
export interface XmlRoot {
  readonly name: string;
  readonly namespace: string;
}

/** What a byte can be; one above ASCII is only text. */
const SPACE = 1, NAME_START = 2, NAME = 4, TEXT = 8, IN_DOUBLE = 16, IN_SINGLE = 32;
const kinds = new Uint8Array(256);
for (let code = 0; code < 256; code++) kinds[code] = kindsOf(code);

function kindsOf(code: number): number {
  const char = String.fromCharCode(code);
  const isSpace = /[\t\n\r ]/.test(char);
  if (code < 0x20 && !isSpace) return 0;
  // A reference, a comment, CDATA, or a '>' in text: left to `readXml`.
  return (isSpace ? SPACE : 0) | (/[A-Za-z_]/.test(char) ? NAME_START : 0) | (/[\w.-]/.test(char) && code < 0x80 ? NAME : 0)
    | (/[<>&\]]/.test(char) ? 0 : TEXT) | (/["<>&]/.test(char) ? 0 : IN_DOUBLE) | (/['<>&]/.test(char) ? 0 : IN_SINGLE);
}

const LESS = 0x3c, GREATER = 0x3e, SLASH = 0x2f, COLON = 0x3a, EQUALS = 0x3d, DOUBLE = 0x22, SINGLE = 0x27;
const XMLNS = Buffer.from('xmlns'), XML = Buffer.from('xml'), W3 = Buffer.from('http://www.w3.org/');
const declaration = /^<\?xml version=(["'])1\.0\1(?: encoding=(["'])(?:UTF-8|utf-8)\2)?(?: standalone=(["'])(?:yes|no)\3)? ?\?>/;
const longestDeclaration = 80;
/** Limits here; none is above that of `readXml`. */
const usualDepth = 16, usualAttributes = 20;

/**
 * The root of a well-formed document of the usual shape: tags, attributes and text, and nothing else. Undefined: `readXml` must decide.
 * Each PUBLISH is checked, and this takes about a twentieth of the time.
 */
export function usualRoot(source: Uint8Array): XmlRoot | undefined {
  return new Scan(source).root();
}

/** A qualified name, or a value, in the source: no text is made of it. */
interface Span {
  readonly start: number;
  readonly end: number;
  /** Of a name: the position of its colon; -1: it has none. */
  readonly colon: number;
}

class Scan {
  #at = 0;
  /** Elements that are open, and how many prefixes were declared before each. */
  readonly #open: Span[] = [];
  readonly #before: number[] = [];
  readonly #prefixes: Span[] = [];
  #rootName: Span | undefined;
  #rootNamespace = '';
  #isAscii = true;

  constructor(private readonly source: Uint8Array) {}

  root(): XmlRoot | undefined {
    this.#skipDeclaration();
    this.#skip(SPACE);
    while (this.#at < this.source.length) {
      if (!this.#tag()) return undefined;
      // Behind the root there is only white space.
      this.#skip(this.#open.length === 0 ? SPACE : TEXT);
    }
    const root = this.#rootName;
    if (root === undefined || this.#open.length > 0 || !(this.#isAscii || this.#isText())) return undefined;
    return { name: this.#text(root.colon < 0 ? root.start : root.colon + 1, root.end), namespace: this.#rootNamespace };
  }

  /** UTF-8 without the two characters that XML has not (2.2). */
  #isText(): boolean {
    const { buffer, byteOffset, length } = this.source;
    const bytes = Buffer.from(buffer, byteOffset, length);
    return isUtf8(bytes) && !bytes.includes('\uFFFE') && !bytes.includes('\uFFFF');
  }

  #skipDeclaration(): void {
    if (this.source[1] !== 0x3f) return;
    this.#at = declaration.exec(this.#text(0, Math.min(longestDeclaration, this.source.length)))?.[0].length ?? 0;
  }

  #skip(kind: number): void {
    const { source } = this;
    let at = this.#at;
    for (; at < source.length; at++) {
      const code = source[at] ?? 0;
      if (((kinds[code] ?? 0) & kind) === 0) break;
      if (code >= 0x80) this.#isAscii = false;
    }
    this.#at = at;
  }

  /** One tag. False: not of the usual shape. */
  #tag(): boolean {
    if (this.source[this.#at++] !== LESS) return false;
    return this.source[this.#at] === SLASH ? this.#endTag() : this.#startTag();
  }

  #endTag(): boolean {
    this.#at++;
    const name = this.#name();
    const open = this.#open.pop();
    if (name === undefined || open === undefined || !this.#isSame(name.start, name.end, open.start, open.end)) return false;
    this.#prefixes.length = this.#before.pop() ?? 0;
    this.#skip(SPACE);
    return this.source[this.#at++] === GREATER;
  }

  #startTag(): boolean {
    const name = this.#name();
    const isRoot = this.#open.length === 0;
    if (name === undefined || (isRoot && this.#rootName !== undefined) || this.#open.length === usualDepth) return false;
    if (isRoot) this.#rootName = name;
    const before = this.#prefixes.length;
    if (!this.#attributes() || (name.colon >= 0 && !this.#isDeclared(name))) return false;
    const isEmpty = this.source[this.#at] === SLASH;
    if (isEmpty) this.#at++;
    if (this.source[this.#at++] !== GREATER) return false;
    if (isEmpty) {
      this.#prefixes.length = before;
    } else {
      this.#open.push(name);
      this.#before.push(before);
    }
    return true;
  }

  /** Namespaces in XML 1.0: prefixes must be declared, and no attribute may occur twice. A tag with two prefixed attributes is left to `readXml`. */
  #attributes(): boolean {
    const seen: Span[] = [];
    let prefixed: Span | undefined;
    for (;;) {
      const hasSpace = this.#is(SPACE);
      this.#skip(SPACE);
      if (!this.#is(NAME_START)) break;
      const name = this.#name();
      const value = this.#value();
      if (!hasSpace || name === undefined || value === undefined) return false;
      if (seen.length === usualAttributes || seen.some((one) => this.#isSame(one.start, one.end, name.start, name.end))) return false;
      seen.push(name);
      if (this.#isXmlns(name)) {
        if (!this.#declare(name, value)) return false;
      } else if (name.colon >= 0) {
        if (prefixed !== undefined) return false;
        prefixed = name;
      }
    }
    return prefixed === undefined || this.#equals(prefixed.start, prefixed.colon, XML) || this.#isDeclared(prefixed);
  }

  #mayBeSpace(at: number): boolean {
    const code = this.source[at] ?? 0;
    return code >= 0x80 || ((kinds[code] ?? 0) & SPACE) !== 0;
  }

  #is(kind: number): boolean {
    return ((kinds[this.source[this.#at] ?? 0] ?? 0) & kind) !== 0;
  }

  #name(): Span | undefined {
    const start = this.#at;
    if (!this.#is(NAME_START)) return undefined;
    this.#skip(NAME);
    if (this.source[this.#at] !== COLON) return { start, end: this.#at, colon: -1 };
    const colon = this.#at++;
    if (!this.#is(NAME_START)) return undefined;
    this.#skip(NAME);
    return { start, end: this.#at, colon };
  }

  /** `= "value"`. */
  #value(): Span | undefined {
    this.#skip(SPACE);
    if (this.source[this.#at++] !== EQUALS) return undefined;
    this.#skip(SPACE);
    const quote = this.source[this.#at++];
    if (quote !== DOUBLE && quote !== SINGLE) return undefined;
    const start = this.#at;
    this.#skip(quote === DOUBLE ? IN_DOUBLE : IN_SINGLE);
    return this.source[this.#at++] === quote ? { start, end: this.#at - 1, colon: -1 } : undefined;
  }

  #isXmlns({ start, end, colon }: Span): boolean {
    return this.#equals(start, colon < 0 ? end : colon, XMLNS);
  }

  #declare(name: Span, value: Span): boolean {
    const prefix = name.colon < 0 ? undefined : { start: name.colon + 1, end: name.end, colon: -1 };
    // The parser leaves out white space at both ends, that of Unicode too.
    if (this.#mayBeSpace(value.start) || this.#mayBeSpace(value.end - 1) || this.#equals(value.start, value.start + W3.length, W3)) return false;
    if (prefix !== undefined) {
      if (/^xml/i.test(this.#text(prefix.start, prefix.start + XML.length)) || this.#text(value.start, value.end).trim() === '') return false;
      this.#prefixes.push(prefix);
    }
    const root = this.#rootName;
    if (root === undefined || this.#open.length > 0 || !this.#isPrefixOf(root, prefix)) return true;
    this.#rootNamespace = this.#text(value.start, value.end);
    // White space in a value is read as another one (XML 1.0 3.3.3).
    return !/[\t\n\r]/.test(this.#rootNamespace);
  }

  /** `prefix` undefined: the default namespace. */
  #isPrefixOf(name: Span, prefix: Span | undefined): boolean {
    if (prefix === undefined) return name.colon < 0;
    return name.colon >= 0 && this.#isSame(name.start, name.colon, prefix.start, prefix.end);
  }

  #isDeclared(name: Span): boolean {
    return this.#prefixes.some((prefix) => this.#isPrefixOf(name, prefix));
  }

  #isSame(start: number, end: number, otherStart: number, otherEnd: number): boolean {
    if (end - start !== otherEnd - otherStart) return false;
    const { source } = this;
    for (let i = 0; i < end - start; i++) if (source[start + i] !== source[otherStart + i]) return false;
    return true;
  }

  #equals(start: number, end: number, text: Uint8Array): boolean {
    if (end - start !== text.length) return false;
    for (let i = 0; i < text.length; i++) if (this.source[start + i] !== text[i]) return false;
    return true;
  }

  #text(start: number, end: number): string {
    const { buffer, byteOffset } = this.source;
    return Buffer.from(buffer, byteOffset + start, Math.max(0, Math.min(end, this.source.length) - start)).toString('utf8');
  }
}
