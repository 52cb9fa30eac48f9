/** The name of a root element without its prefix, and its namespace. */
export interface XmlRoot {
  readonly name: string;
  readonly namespace: string;
}

/** Characters of XML 1.0 (2.2) that need no second look. */
const usualText = /^[\t\n\r\x20-\uD7FF\uE000-\uFFFD]*$/;
const prologue = /^(?:<\?xml version=["']1\.0["'](?: encoding=["'](?:UTF-8|utf-8)["'])?(?: standalone=["'](?:yes|no)["'])? ?\?>)?\s*/;
/** A tag and the text behind it. What is in neither, such as a reference, a comment or CDATA, is not usual. */
const tagAndText = /<(\/?)((?:[A-Za-z_][\w.-]*:)?[A-Za-z_][\w.-]*)((?:\s+(?:[A-Za-z_][\w.-]*:)?[A-Za-z_][\w.-]*\s*=\s*(?:"[^"<&]*"|'[^'<&]*'))*)\s*(\/?)>([^<&\]]*)/y;
const attribute = /\s+(?:([\w.-]+):)?([\w.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/y;
/** No more is looked at here; the bound is that of `readXml` or below. */
const usualDepth = 16, usualAttributes = 20;

/** What is open, with how many prefixes were declared before it. */
interface Open {
  readonly name: string;
  readonly before: number;
}

/**
 * The root of a document that is well-formed with its namespaces, if it is one of the usual shape: tags, attributes and text, and nothing else.
 * Undefined where `readXml` must tell. Each PUBLISH is looked at, and this takes a tenth of the time.
 */
export function usualRoot(source: string): XmlRoot | undefined {
  if (!usualText.test(source)) return undefined;
  const scan = new Scan();
  let at = prologue.exec(source)?.[0].length ?? 0;
  while (at < source.length) {
    tagAndText.lastIndex = at;
    const found = tagAndText.exec(source);
    if (found === null || !scan.take(found)) return undefined;
    at = tagAndText.lastIndex;
  }
  return scan.root;
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

  /** False: this is not usual. */
  take([, slash, name = '', attributes = '', empty, text = '']: RegExpExecArray): boolean {
    const isTaken = slash === '' ? this.#begin(name, attributes, empty !== '') : attributes === '' && empty === '' && this.#end(name);
    return isTaken && (this.#open.length > 0 || text.trim() === '');
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

  /** Namespaces in XML 1.0: prefixes are declared, and no attribute is there twice. With two prefixes in one tag that takes a second look. */
  #declare(attributes: string, isRoot: boolean): boolean {
    const seen: string[] = [];
    const used: string[] = [];
    attribute.lastIndex = 0;
    for (let found = attribute.exec(attributes); found !== null; found = attribute.exec(attributes)) {
      const [, prefix = '', local = '', double, single = ''] = found;
      const name = `${prefix}:${local}`;
      if (seen.includes(name) || seen.push(name) > usualAttributes) return false;
      if (prefix === 'xmlns' || name === ':xmlns') {
        if (!this.#declareOne(prefix === '' ? '' : local, double ?? single, isRoot)) return false;
      } else if (prefix !== '') used.push(prefix);
    }
    return used.length < 2 && used.every((prefix) => prefix === 'xml' || this.#prefixes.includes(prefix));
  }

  #declareOne(prefix: string, namespace: string, isRoot: boolean): boolean {
    if (/^xml/i.test(prefix) || namespace.startsWith('http://www.w3.org/') || (prefix !== '' && namespace.trim() === '')) return false;
    if (prefix !== '') this.#prefixes.push(prefix);
    if (isRoot) this.#ofRoot.set(prefix, namespace);
    return true;
  }
}
