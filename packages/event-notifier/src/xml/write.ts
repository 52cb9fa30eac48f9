import type { XmlDocument, XmlElement } from './read.js';

/** A text, escaped for an attribute in double quotes. */
export function attributeText(text: string): string {
  return text.replace(/[&<>"\t\n\r]/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** A child of a document's root that is copied into another document; only its start tag may change. */
export interface Moved {
  readonly from: XmlDocument;
  readonly element: XmlElement;
  /** A new `id`, if it needs one. */
  readonly id?: string;
}

/** Bytes of declarations that the children of one document may need, beside the size of the document. */
const ROOM = 4096;

/**
 * Writes children of several documents under one root. The root declares each prefix as the first document that has it does; an
 * element from a document where a prefix means something else declares it again.
 */
export function union(rootName: string, namespace: string, attributes: Readonly<Record<string, string>>, children: readonly Moved[]): Uint8Array {
  const declared = new Map([['', namespace]]);
  for (const { from } of children) for (const [prefix, uri] of from.root.declares) if (!declared.has(prefix)) declared.set(prefix, uri);
  const rest = Object.entries(attributes).map(([name, value]) => ` ${name}="${attributeText(value)}"`).join('');
  const origins = new Map<XmlDocument, Origin>();
  const content = children.map((moved) => movedText(moved, originOf(moved.from, declared, origins))).join('');
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n<${rootName}${declarations([...declared])}${rest}>\n${content}</${rootName}>\n`);
}

/** A document of which children are copied. */
interface Origin {
  /** Prefixes that mean something else under the new root. */
  readonly missing: readonly (readonly [prefix: string, uri: string])[];
  /** Bytes of declarations that are still allowed: without a bound a thousand elements could each need a thousand of them. */
  room: number;
}

function originOf(document: XmlDocument, declared: ReadonlyMap<string, string>, known: Map<XmlDocument, Origin>): Origin {
  const there = known.get(document);
  if (there !== undefined) return there;
  const { source, root: { declares } } = document;
  const missing = [...declares].filter(([prefix, uri]) => declared.get(prefix) !== uri);
  // A document without a default namespace, under a root that has one.
  if (!declares.has('')) missing.push(['', '']);
  const origin = { missing, room: source.length + ROOM };
  known.set(document, origin);
  return origin;
}

/** '' if there is no room for what it must declare. */
function movedText({ from: { source }, element, id }: Moved, origin: Origin): string {
  const { start, nameEnd, end, declares } = element;
  const missing = origin.missing.length === 0 || origin.room < 0 ? '' : declarations(origin.missing.filter(([prefix]) => !declares.has(prefix)));
  origin.room -= missing.length;
  if (origin.room < 0) return '';
  const rest = source.slice(nameEnd, end);
  return `  ${source.slice(start, nameEnd)}${missing}${id === undefined ? rest : withAttribute(rest, 'id', id)}\n`;
}

function declarations(namespaces: readonly (readonly [prefix: string, uri: string])[]): string {
  return namespaces.map(([prefix, uri]) => ` xmlns${prefix === '' ? '' : `:${prefix}`}="${attributeText(uri)}"`).join('');
}

/**
 * The rest of a start tag, after its name, with this value for one attribute, which is added if it is not there. Attributes are read
 * one by one, so that an `id=` within a value is not mistaken for one. XML 1.0 2.3: white space is not all that `\s` is; U+FEFF may be in a name.
 */
export function withAttribute(rest: string, name: string, value: string): string {
  const attribute = /[ \t\r\n]*([^ \t\r\n=>/]+)[ \t\r\n]*=[ \t\r\n]*("[^"]*"|'[^']*')/y;
  let found = attribute.exec(rest);
  while (found !== null && found[1] !== name) found = attribute.exec(rest);
  return found === null ? ` ${name}="${attributeText(value)}"${rest}` : `${rest.slice(0, found.index)} ${name}="${attributeText(value)}"${rest.slice(found.index + found[0].length)}`;
}
