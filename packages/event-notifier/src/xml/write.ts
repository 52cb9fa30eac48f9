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

/**
 * Writes children of several documents under one root. The root declares each prefix as the first document that has it does; an
 * element from a document where a prefix means something else declares it again.
 */
export function union(rootName: string, namespace: string, attributes: Readonly<Record<string, string>>, children: readonly Moved[]): Uint8Array {
  const declared = new Map([['', namespace]]);
  for (const { from } of children) for (const [prefix, uri] of from.root.declares) if (!declared.has(prefix)) declared.set(prefix, uri);
  const rest = Object.entries(attributes).map(([name, value]) => ` ${name}="${attributeText(value)}"`).join('');
  const content = children.map((moved) => `  ${movedText(moved, declared)}\n`).join('');
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n<${rootName}${declarations(declared)}${rest}>\n${content}</${rootName}>\n`);
}

function movedText({ from: { source, root }, element, id }: Moved, declared: ReadonlyMap<string, string>): string {
  const { start, nameEnd, end, declares } = element;
  const missing = [...root.declares].filter(([prefix, uri]) => declared.get(prefix) !== uri && !declares.has(prefix));
  // A document without a default namespace, under a root that has one.
  if (!root.declares.has('') && !declares.has('')) missing.push(['', '']);
  const rest = source.slice(nameEnd, end);
  return source.slice(start, nameEnd) + declarations(new Map(missing)) + (id === undefined ? rest : withAttribute(rest, 'id', id));
}

function declarations(namespaces: ReadonlyMap<string, string>): string {
  return [...namespaces].map(([prefix, uri]) => ` xmlns${prefix === '' ? '' : `:${prefix}`}="${attributeText(uri)}"`).join('');
}

/**
 * The rest of a start tag, after its name, with a new value for one attribute, if it has that. Attributes are read
 * one by one, so that an `id=` within a value is not mistaken for one.
 */
export function withAttribute(rest: string, name: string, value: string): string {
  const attribute = /\s*([^\s=>/]+)\s*=\s*("[^"]*"|'[^']*')/y;
  let found = attribute.exec(rest);
  while (found !== null && found[1] !== name) found = attribute.exec(rest);
  return found === null ? rest : `${rest.slice(0, found.index)} ${name}="${attributeText(value)}"${rest.slice(found.index + found[0].length)}`;
}
