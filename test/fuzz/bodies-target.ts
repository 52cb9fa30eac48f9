import { dialogPackage } from '../../packages/event-notifier/src/package/dialog.ts';
import type { EventPackage, StateDocument } from '../../packages/event-notifier/src/package/event-package.ts';
import { messageSummary } from '../../packages/event-notifier/src/package/message-summary.ts';
import { presencePackage } from '../../packages/event-notifier/src/package/presence.ts';
import { readRoot, readXml, type XmlDocument } from '../../packages/event-notifier/src/xml/read.ts';
import { alice, published } from '../event-notifier/documents.ts';
import { anyBody } from './bodies.ts';
import type { Random } from './random.ts';
import { must, type Input, type Target } from './target.ts';

const packages: readonly EventPackage[] = [
  ...(['union', 'priority', 'latest'] as const).map(presencePackage), ...(['off', 'confirmed-first', 'early-first'] as const).map(dialogPackage), messageSummary,
];

/** What is published: refused in a sentence, or composed with the others into a document that can be read. */
export class BodiesTarget implements Target {
  readonly name = 'bodies';

  /** Those that are live at one time, the oldest first. */
  make(random: Random): Input {
    return Array.from({ length: random.once(2) ? 1 : 1 + random.below(4) }, () => anyBody(random));
  }

  run(input: Input): void {
    for (const body of input) checkRoot(body);
    for (const pack of packages) {
      for (const body of input) checkRefusal(pack, body);
      checkComposed(pack, input);
    }
  }

  async close(): Promise<void> { /* nothing is open */ }
}

/** Whatever the quick look at a document takes, the reader takes as well, and for the same. */
function checkRoot(body: Buffer): void {
  const root = readRoot(body);
  const whole = readXml(body);
  must((typeof root === 'string') === (typeof whole === 'string'), `the root alone is ${JSON.stringify(root)}, and the document ${typeof whole === 'string' ? whole : 'can be read'}`);
  if (typeof root === 'string' || typeof whole === 'string') return;
  must(root.name === whole.root.name && root.namespace === whole.root.namespace, 'the root alone is another one than that of the document');
}

function checkRefusal({ name, types: [type], validate }: EventPackage, body: Buffer): void {
  const reason = validate?.({ aor: alice, data: body, content_type: type });
  must(reason === undefined || reason.length > 0 && !reason.endsWith('.'), `${name} refuses without saying why: ${JSON.stringify(reason)}`);
}

function checkComposed(pack: EventPackage, input: Input): void {
  const [type] = pack.types;
  const publications = input.map((body, n) => published(body.toString('latin1'), type, undefined, `tag-${n}`)).map((one, n) => ({ ...one, record: { ...one.record, data: input[n]! } }));
  const composed = pack.compose({ aor: alice, publications }, type);
  checkDocument(pack, composed);
  checkDocument(pack, pack.finish?.(composed, { version: 4711, type, accept: [] }) ?? composed, pack.finish === undefined ? undefined : '4711');
  if (pack.validate !== undefined && input.length > 1) checkIds(composed);
}

/** What is sent is what would be taken. */
function checkDocument({ name, types: [type], validate }: EventPackage, { data, content_type }: StateDocument, version?: string): void {
  must(content_type === type, `${name} is composed as ${content_type}`);
  const reason = validate?.({ aor: alice, data, content_type });
  must(reason === undefined, `what ${name} has composed cannot be taken: ${reason ?? ''}: ${Buffer.from(data).toString()}`);
  if (version !== undefined) must(xmlOf(data).root.attributes.get('version') === version, `${name} has another version than it was given`);
}

/** RFC 3863 4.1.2, RFC 4235 4.1.1: ids are unique. What passes through as it is keeps those of its publisher. */
function checkIds({ data, content_type }: StateDocument): void {
  if (!content_type.endsWith('xml')) return;
  const { root, source } = xmlOf(data);
  if (!source.startsWith('<?xml version="1.0" encoding="UTF-8"?>\n')) return;
  const ids = root.children.filter(({ name }) => name === 'tuple' || name === 'dialog').map(({ attributes }) => attributes.get('id'));
  must(new Set(ids).size === ids.length, `ids are there twice: ${source}`);
}

function xmlOf(data: Uint8Array): XmlDocument {
  const xml = readXml(data);
  if (typeof xml === 'string') throw new Error(`what was composed cannot be read: ${xml}: ${Buffer.from(data).toString()}`);
  return xml;
}
