/** The name of a root element without its prefix, and its namespace. */
export interface XmlRoot {
  readonly name: string;
  readonly namespace: string;
}

/** Characters of XML 1.0 (2.2) that need no second look. */
const usualText = /^[\t\n\r\x20-\uD7FF\uE000-\uFFFD]*$/;
const prologue = /(?:<\?xml version=["']1\.0["'](?: encoding=["'](?:UTF-8|utf-8)["'])?(?: standalone=["'](?:yes|no)["'])? ?\?>)?\s*/y;
const endsWithTag = />\s*$/;
/** A tag and the text after it. Anything else, such as a reference, a comment, CDATA or a `>` in text, is left to `readXml`. */
const tagAndText = /<(\/?)((?:[A-Za-z_][\w.-]*:)?[A-Za-z_][\w.-]*)((?:\s+(?:[A-Za-z_][\w.-]*:)?[A-Za-z_][\w.-]*\s*=\s*(?:"[^"<&>]*"|'[^'<&>]*'))*)\s*(\/?)>[^<&>\]]*/y;
const attribute = /\s+(?:([\w.-]+):)?([\w.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/y;
/** Limits here; none is above that of `readXml`. */
const usualDepth = 16, usualAttributes = 20;

/** An open element, and how many prefixes were declared before it. */
interface Open {
  readonly name: string;
  readonly before: number;
}

/**
 * The root of a well-formed document of the usual shape: tags, attributes and text, and nothing else. Undefined: `readXml` must decide.
 * Every PUBLISH is checked, and this takes a tenth of the time.
 */
export function usualRoot(source: string): XmlRoot | undefined {
  if (!usualText.test(source)) return undefined;
  const scan = new Scan();
  prologue.lastIndex = 0;
  prologue.test(source);
  for (let at = prologue.lastIndex; at < source.length;) {
    tagAndText.lastIndex = at;
    const found = tagAndText.exec(source);
    if (found === null || !scan.take(found)) return undefined;
    at = tagAndText.lastIndex;
  }
  return endsWithTag.test(source) ? scan.root : undefined;
}

class Scan {
  readonly #open: Open[] = [];
  readonly #prefixes: string[] = [];
  #root: XmlRoot | undefined;
  /** What the root declares, by prefix; '' is the default. */
  readonly #ofRoot = new Map<string, string>();

  /** Undefined while it is open. */
  get root(): XmlRoot | undefined {
    return this.#open.length === 0 ? this.#root : undefined;
  }

  /** False: not of the usual shape. */
  take(found: RegExpExecArray): boolean {
    // By index, since destructuring would create one more object.
    const name = found[2] ?? '', attributes = found[3] ?? '';
    const isEmpty = found[4] !== '';
    return found[1] === '' ? this.#begin(name, attributes, isEmpty) : attributes === '' && !isEmpty && this.#end(name);
  }

  #begin(name: string, attributes: string, isEmpty: boolean): boolean {
    const isRoot = this.#open.length === 0;
    if ((isRoot && this.#root !== undefined) || this.#open.length === usualDepth) return false;
    const before = this.#prefixes.length;
    const colon = name.indexOf(':');
    const prefix = colon < 0 ? '' : name.slice(0, colon);
    if (attributes !== '' && !this.#declare(attributes, isRoot)) return false;
    if (prefix !== '' && !this.#prefixes.includes(prefix)) return false;
    if (isRoot) this.#root = { name: name.slice(colon + 1), namespace: this.#ofRoot.get(prefix) ?? '' };
    if (isEmpty) this.#prefixes.length = before;
    else this.#open.push({ name, before });
    return true;
  }

  #end(name: string): boolean {
    const open = this.#open.pop();
    if (open?.name !== name) return false;
    this.#prefixes.length = open.before;
    return true;
  }

  /** Namespaces in XML 1.0: prefixes must be declared, and no attribute may occur twice. A tag with two prefixes is left to `readXml`. */
  #declare(attributes: string, isRoot: boolean): boolean {
    const seen: string[] = [];
    const used: string[] = [];
    attribute.lastIndex = 0;
    for (let found = attribute.exec(attributes); found !== null; found = attribute.exec(attributes)) {
      const prefix = found[1], local = found[2] ?? '';
      const name = prefix === undefined ? local : `${prefix}:${local}`;
      if (seen.includes(name) || seen.push(name) > usualAttributes) return false;
      if (prefix === 'xmlns' || name === 'xmlns') {
        if (!this.#declareOne(prefix === undefined ? '' : local, found, isRoot)) return false;
      } else if (prefix !== undefined) used.push(prefix);
    }
    return used.length < 2 && used.every((prefix) => prefix === 'xml' || this.#prefixes.includes(prefix));
  }

  #declareOne(prefix: string, found: RegExpExecArray, isRoot: boolean): boolean {
    const namespace = found[3] ?? found[4] ?? '';
    if (/^xml/i.test(prefix) || namespace.startsWith('http://www.w3.org/') || (prefix !== '' && namespace.trim() === '')) return false;
    if (prefix !== '') this.#prefixes.push(prefix);
    if (isRoot) this.#ofRoot.set(prefix, namespace);
    return true;
  }
}
