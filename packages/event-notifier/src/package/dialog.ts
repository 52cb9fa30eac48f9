import { aorKey, type Aor } from '@nksip-ts/sip';
import { childrenOf, readRoot, trimmed, type XmlElement } from '../xml/read.js';
import type { XmlRoot } from '../xml/usual.js';
import { attributeText, union, type Moved } from '../xml/write.js';
import type { EventPackage, StateDocument, WatchedState } from './event-package.js';
import { OwnIds } from './own-ids.js';
import { bareType, sourcesOf, type Source } from './sources.js';
import { withVersion } from './version.js';

const DIALOG_INFO = 'urn:ietf:params:xml:ns:dialog-info';
const TYPE = 'application/dialog-info+xml';

/** Whether watchers see all dialogs or only one, for phones that read only the first: an answered call first, or a ringing one first. */
export type DialogSingle = 'off' | 'confirmed-first' | 'early-first';

/** The package `dialog` (RFC 4235). */
export function dialogPackage(single: DialogSingle): EventPackage {
  return {
    name: 'dialog', types: [TYPE], defaultExpires: 3600, minInterval: 1,
    validate: ({ data, content_type }) => content_type !== undefined && bareType(content_type) === TYPE ? faultOf(data) : undefined,
    compose: (state) => composed(state, single),
    neutral: (aor) => neutral(aor),
    finish: (document, { version }) => withVersion(document, version),
  };
}

function faultOf(data: Uint8Array): string | undefined {
  const root = readRoot(data);
  if (typeof root === 'string') return root;
  return isDialogInfo(root) ? undefined : `its root element is not <dialog-info> of ${DIALOG_INFO}`;
}

function isDialogInfo(root: XmlRoot): boolean {
  return root.name === 'dialog-info' && root.namespace === DIALOG_INFO;
}

interface Dialog {
  readonly source: Source;
  readonly element: XmlElement;
}

function composed(state: WatchedState, single: DialogSingle): StateDocument {
  const sources = sourcesOf(state, TYPE, isDialogInfo);
  const dialogs = currentOf(sources);
  const [one] = sources;
  if (one === undefined || dialogs.length === 0) return neutral(state.aor);
  const shown = single === 'off' ? withoutEnded(dialogs) : [firstOf(dialogs, single)];
  if (sources.length === 1 && shown.length === childrenOf(one.xml.root, DIALOG_INFO, 'dialog').length) return one.document;
  return { data: union('dialog-info', DIALOG_INFO, { version: '0', state: 'full', entity: aorKey(state.aor) }, withOwnIds(shown)), content_type: TYPE };
}

/**
 * One client may publish a call several times at once, each as an initial publication (trying, early, confirmed), and refresh all
 * of them: of one dialog from one publisher the newest state counts.
 */
function currentOf(sources: readonly Source[]): readonly Dialog[] {
  const seen = new Set<string>();
  return sources.flatMap((source) => childrenOf(source.xml.root, DIALOG_INFO, 'dialog').flatMap((element) => {
    const key = JSON.stringify([source.publisher ?? source.tag, ...['id', 'call-id', 'local-tag', 'remote-tag'].map((name) => element.attributes.get(name))]);
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ source, element }];
  }));
}

function withoutEnded(dialogs: readonly Dialog[]): readonly Dialog[] {
  const alive = dialogs.filter((dialog) => stateOf(dialog) !== 'terminated');
  return alive.length === 0 ? dialogs.slice(0, 1) : alive;
}

/** RFC 4235 4.1.2: the states of a dialog. */
function stateOf({ element }: Dialog): string {
  return trimmed(childrenOf(element, DIALOG_INFO, 'state')[0]?.text ?? '');
}

const orders: Readonly<Record<Exclude<DialogSingle, 'off'>, readonly string[]>> = {
  'confirmed-first': ['confirmed', 'early', 'proceeding', 'trying'],
  'early-first': ['early', 'confirmed', 'proceeding', 'trying'],
};

function firstOf(dialogs: readonly Dialog[], single: Exclude<DialogSingle, 'off'>): Dialog {
  const rank = (dialog: Dialog): number => {
    const at = orders[single].indexOf(stateOf(dialog));
    return at < 0 ? orders[single].length : at;
  };
  return dialogs.reduce((best, dialog) => rank(dialog) < rank(best) ? dialog : best);
}

/** RFC 4235 4.1.1: ids are unique in a document. */
function withOwnIds(dialogs: readonly Dialog[]): readonly Moved[] {
  const ids = new OwnIds();
  return dialogs.map(({ source: { xml, tag }, element }) => {
    const id = element.attributes.get('id') ?? '';
    const own = ids.take(id, tag);
    return { from: xml, element, ...(own === id ? undefined : { id: own }) };
  });
}

/** One dialog that has ended, never none: the lamps of some phones need an element. */
function neutral(aor: Aor): StateDocument {
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<dialog-info xmlns="${DIALOG_INFO}" version="0" state="full" entity="${attributeText(aorKey(aor))}">\n  <dialog id="0"><state>terminated</state></dialog>\n</dialog-info>\n`;
  return { data: Buffer.from(text), content_type: TYPE };
}
