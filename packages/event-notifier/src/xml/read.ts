import { SaxesParser, type SaxesTagNS } from 'saxes';
import { usualRoot, type XmlRoot } from './usual.js';

/** An element of a parsed document. Its complete text is in the source, between `start` and `end`. */
export interface XmlElement {
  /** Without its prefix. */
  readonly name: string;
  /** Its namespace; '' if it has none. */
  readonly namespace: string;
  /** Attributes without a namespace, by their names. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Namespaces that its start tag declares, by prefix; '' is the default one. */
  readonly declares: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** The text directly in it, references resolved. */
  readonly text: string;
  /** Positions in the source: of its `<`, of the end of its name, and after its last `>`. */
  readonly start: number;
  readonly nameEnd: number;
  readonly end: number;
}

export interface XmlDocument {
  readonly source: string;
  readonly root: XmlElement;
}

/** How deep elements may be nested: presence documents need six. Without a bound the parser takes seconds for deep nesting. */
const maxDepth = 32;

/** An element whose end has not been reached. */
interface Open extends XmlElement {
  readonly children: XmlElement[];
  text: string;
  end: number;
}

/**
 * Reads XML 1.0 with namespaces, in UTF-8. If it cannot be read, returns why, as a sentence without a full stop. Every document type
 * declaration is refused: with entities a small document can become a large one (and RFC 3863 needs none).
 */
export function readXml(bytes: Uint8Array): XmlDocument | string {
  const source = decoded(bytes);
  return source === undefined ? 'it is not UTF-8' : parsed(source);
}

/** Only the root of XML that `readXml` can read; else why it cannot be read. */
export function readRoot(bytes: Uint8Array): XmlRoot | string {
  const usual = usualRoot(bytes);
  if (usual !== undefined) return usual;
  const document = readXml(bytes);
  return typeof document === 'string' ? document : document.root;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function parsed(source: string): XmlDocument | string {
  try {
    return { source, root: rootOf(source) };
  } catch (error) {
    return error instanceof Refusal ? error.message : `it is not well-formed XML: ${reasonOf(error)}`;
  }
}

class Refusal extends Error {}

function rootOf(source: string): XmlElement {
  // XML 1.0 2.8: the rules are those of 1.0 whatever 1.x the declaration names. What only 1.1 allows would be malformed where another document takes it in.
  const parser = new SaxesParser({ xmlns: true, defaultXMLVersion: '1.0', forceXMLVersion: true });
  const path: Open[] = [];
  let root: XmlElement | undefined;
  let [start, nameEnd] = [0, 0];
  parser.on('error', (error) => { throw error; });
  parser.on('doctype', () => { throw new Refusal('it has a document type declaration (DTD)'); });
  parser.on('xmldecl', ({ encoding }) => {
    if (encoding !== undefined && !/^(utf-8|us-ascii)$/i.test(encoding)) throw new Refusal('its XML declaration names another encoding than UTF-8');
  });
  parser.on('opentagstart', ({ name }) => {
    if (path.length === maxDepth) throw new Refusal(`its elements are nested more than ${maxDepth} deep`);
    start = source.lastIndexOf('<', parser.position - 1);
    nameEnd = start + 1 + name.length;
  });
  parser.on('opentag', (tag) => { path.push(elementOf(tag, start, nameEnd)); });
  parser.on('text', (text) => { addText(path.at(-1), text); });
  parser.on('cdata', (text) => { addText(path.at(-1), text); });
  parser.on('closetag', () => {
    const closed = path.pop();
    if (closed === undefined) return;
    closed.end = parser.position;
    const parent = path.at(-1);
    if (parent === undefined) root = closed;
    else parent.children.push(closed);
  });
  parser.write(source).close();
  if (root === undefined) throw new Refusal('it has no element');
  return root;
}

function elementOf({ local, uri, attributes, ns }: SaxesTagNS, start: number, nameEnd: number): Open {
  const plain = Object.values(attributes).filter(({ prefix, local: name }) => prefix === '' && name !== 'xmlns');
  return {
    name: local, namespace: uri, start, nameEnd, end: start, children: [], text: '',
    attributes: new Map(plain.map(({ local: name, value }) => [name, value])),
    declares: new Map(Object.entries(ns)),
  };
}

function addText(element: Open | undefined, text: string): void {
  if (element !== undefined) element.text += text;
}

/** The parser's own message begins with line and column. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
}

/** The children with this name and namespace, in their order. */
export function childrenOf(element: XmlElement, namespace: string, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name && child.namespace === namespace);
}

/** A text without the white space at its ends: the four characters of XML 1.0 2.3, for `trim` takes away more. */
export function trimmed(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}
