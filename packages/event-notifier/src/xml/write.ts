import type { XmlDocument, XmlElement } from './read.js';

/** A text as it stands in an attribute between double quotes. */
export function attributeText(text: string): string {
  return text.replace(/[&<>"\t\n\r]/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** A child of a document's root that goes into another document, byte for byte but for its start tag. */
export interface Moved {
  readonly from: XmlDocument;
  readonly element: XmlElement;
  /** Another `id` than its own. */
  readonly id?: string;
}

/**
 * Writes children of several documents below one root. The root declares each prefix as the first document does that has it; an
 * element from a document that means something else by a prefix declares it again.
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
  // A document without a default namespace, beside one that has one.
  if (!root.declares.has('') && !declares.has('')) missing.push(['', '']);
  const rest = source.slice(nameEnd, end);
  return source.slice(start, nameEnd) + declarations(new Map(missing)) + (id === undefined ? rest : withAttribute(rest, 'id', id));
}

function declarations(namespaces: ReadonlyMap<string, string>): string {
  return [...namespaces].map(([prefix, uri]) => ` xmlns${prefix === '' ? '' : `:${prefix}`}="${attributeText(uri)}"`).join('');
}

/**
 * The rest of a start tag, from behind its name on, with another value for one attribute if it has that. Attributes are stepped over
 * one by one, so that no `id=` within a value is taken for one.
 */
export function withAttribute(rest: string, name: string, value: string): string {
  const attribute = /\s*([^\s=>/]+)\s*=\s*("[^"]*"|'[^']*')/y;
  let found = attribute.exec(rest);
  while (found !== null && found[1] !== name) found = attribute.exec(rest);
  return found === null ? rest : `${rest.slice(0, found.index)} ${name}="${attributeText(value)}"${rest.slice(found.index + found[0].length)}`;
}
