import { aorKey, type Aor } from '@nksip-ts/sip';
import { childrenOf, readRoot, trimmed, type XmlDocument, type XmlElement } from '../xml/read.js';
import type { XmlRoot } from '../xml/usual.js';
import { attributeText, union, type Moved } from '../xml/write.js';
import type { EventPackage, StateDocument, WatchedState } from './event-package.js';
import { OwnIds } from './own-ids.js';
import { bareType, sourcesOf, type Source } from './sources.js';

const PIDF = 'urn:ietf:params:xml:ns:pidf';
const DATA_MODEL = 'urn:ietf:params:xml:ns:pidf:data-model';
const RPID = 'urn:ietf:params:xml:ns:pidf:rpid';
const TYPE = 'application/pidf+xml';

/**
 * How several publications of one address become one document. `union`: everything in all of them. `priority`: one of them, busy before
 * available before away before offline, the newest of equals. `latest`: the newest.
 */
export type PresenceCompose = 'union' | 'priority' | 'latest';

/** The package `presence` (RFC 3856) with PIDF (RFC 3863). */
export function presencePackage(compose: PresenceCompose): EventPackage {
  return {
    name: 'presence', types: [TYPE], defaultExpires: 3600, minInterval: 5,
    validate: ({ data, content_type }) => content_type === TYPE || (content_type !== undefined && bareType(content_type) === TYPE) ? faultOf(data) : undefined,
    compose: (state) => composed(state, compose),
    neutral: (aor) => neutral(aor),
  };
}

function faultOf(data: Uint8Array): string | undefined {
  const root = readRoot(data);
  if (typeof root === 'string') return root;
  return isPresence(root) ? undefined : `its root element is not <presence> of ${PIDF}`;
}

function isPresence(root: XmlRoot): boolean {
  return root.name === 'presence' && root.namespace === PIDF;
}

function composed(state: WatchedState, how: PresenceCompose): StateDocument {
  const sources = sourcesOf(state, TYPE, isPresence);
  const [newest] = sources;
  if (newest === undefined) return neutral(state.aor);
  if (sources.length === 1 || how === 'latest') return newest.document;
  if (how === 'priority') return byPriority(sources).document;
  return { data: union('presence', PIDF, { entity: aorKey(state.aor) }, unionOf(sources)), content_type: TYPE };
}

/**
 * RFC 3863 4.1.1: tuples, then notes, then extensions. The best tuple comes first, since some phones read only the first:
 * open before closed, the newest first. RFC 4479 3.2: one person, that of the newest document that has one.
 */
function unionOf(sources: readonly Source[]): readonly Moved[] {
  const ids = new OwnIds();
  const moved = ({ xml, tag }: Source, element: XmlElement): Moved => {
    const id = element.attributes.get('id');
    if (id === undefined) return { from: xml, element };
    const own = ids.take(id, tag);
    return own === id ? { from: xml, element } : { from: xml, element, id: own };
  };
  const each = (pick: (xml: XmlDocument) => readonly XmlElement[]) => sources.flatMap((source) => pick(source.xml).map((element) => ({ source, element })));
  const tuples = each(({ root }) => childrenOf(root, PIDF, 'tuple'));
  const [open, others] = [tuples.filter(({ element }) => isOpen(element)), tuples.filter(({ element }) => !isOpen(element))];
  const notes = each(({ root }) => childrenOf(root, PIDF, 'note'));
  const persons = each(({ root }) => childrenOf(root, DATA_MODEL, 'person')).slice(0, 1);
  const rest = each(({ root }) => root.children.filter((child) => child.namespace !== PIDF && !isPerson(child)));
  return [...open, ...others, ...notes, ...persons, ...rest].map(({ source, element }) => moved(source, element));
}

function isPerson({ name, namespace }: XmlElement): boolean {
  return name === 'person' && namespace === DATA_MODEL;
}

/** RFC 3863 4.1.4: a status may have no basic value; then it does not count as open. */
function isOpen(tuple: XmlElement): boolean {
  const [status] = childrenOf(tuple, PIDF, 'status');
  return status !== undefined && childrenOf(status, PIDF, 'basic').some(({ text }) => trimmed(text) === 'open');
}

type Rank = 'busy' | 'available' | 'away' | 'offline';
const ranks: readonly Rank[] = ['busy', 'available', 'away', 'offline'];

/** RFC 4480 3.2: activities of somebody who is busy, and of somebody who is away. */
const busy: ReadonlySet<string> = new Set(['busy', 'on-the-phone', 'meeting', 'appointment', 'presentation', 'performance', 'in-transit', 'steering', 'playing', 'worship']);
const away: ReadonlySet<string> = new Set(['away', 'sleeping', 'vacation', 'holiday', 'permanent-absence', 'meal', 'breakfast', 'dinner']);

function byPriority(sources: readonly Source[]): Source {
  const best = (a: Source, b: Source): Source => ranks.indexOf(rankOf(b.xml)) < ranks.indexOf(rankOf(a.xml)) ? b : a;
  return sources.reduce(best);
}

function rankOf({ root }: XmlDocument): Rank {
  if (!childrenOf(root, PIDF, 'tuple').some(isOpen)) return 'offline';
  const doing = activitiesIn(root);
  if (doing.some((name) => busy.has(name))) return 'busy';
  return doing.some((name) => away.has(name)) ? 'away' : 'available';
}

/** Activities are in a person (RFC 4479), or in a tuple's status, as in the earlier drafts. */
function activitiesIn(element: XmlElement): readonly string[] {
  return element.children.flatMap((child) => child.namespace === RPID && child.name === 'activities' ? child.children.map(({ name }) => name) : activitiesIn(child));
}

/** One closed tuple, never none: some phones do not answer a NOTIFY without one. */
function neutral(aor: Aor): StateDocument {
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<presence xmlns="${PIDF}" entity="${attributeText(aorKey(aor))}">\n  <tuple id="offline"><status><basic>closed</basic></status></tuple>\n</presence>\n`;
  return { data: Buffer.from(text), content_type: TYPE };
}
