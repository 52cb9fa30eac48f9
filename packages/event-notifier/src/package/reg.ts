import { createHash } from 'node:crypto';
import { aorKey, type Aor } from '@nksip-ts/sip';
import { attributeText } from '../xml/write.js';
import type { EventPackage, StateDocument } from './event-package.js';
import { withVersion } from './version.js';

const TYPE = 'application/reginfo+xml';
const REGINFO = 'urn:ietf:params:xml:ns:reginfo';

/** A contact, as far as watchers are told of it: plain data of the registrar. */
export interface ShownContact {
  readonly contact: string;
  readonly q?: number;
  readonly instance?: string;
  readonly reg_id?: number;
  readonly params?: Readonly<Record<string, string>>;
}

/**
 * The package `reg` (RFC 3680): under which contacts an address is registered. Its state is not published but told by the registrar, as hard state. What
 * changes with each refresh (remaining time, Call-ID, CSeq) is left out, so that a refresh is no change.
 */
export const regPackage: EventPackage = {
  // 4.4 has 3761 seconds; 4.10 recommends one NOTIFY in five seconds at most.
  name: 'reg', types: [TYPE], defaultExpires: 3761, minInterval: 5,
  validate: () => 'registrations are told by the registrar',
  compose: ({ aor, hard }) => hard ?? neutral(aor),
  neutral: (aor) => neutral(aor),
  finish: (document, { version }) => withVersion(document, version),
};

/** Undefined: nothing is registered. By URI, since the registrar has the one that was refreshed last first. */
export function reginfoOf(aor: Aor, contacts: readonly ShownContact[]): StateDocument | undefined {
  if (contacts.length === 0) return undefined;
  const sorted = [...contacts].sort((one, other) => one.contact < other.contact ? -1 : 1);
  return reginfo(aor, 'active', sorted.map((contact) => contactText(aor, contact)).join(''));
}

function neutral(aor: Aor): StateDocument {
  return reginfo(aor, 'init', '');
}

/** 5.1: the version is that of one subscription; it is set for each watcher. */
function reginfo(aor: Aor, state: 'active' | 'init', contacts: string): StateDocument {
  const address = attributeText(aorKey(aor));
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<reginfo xmlns="${REGINFO}" version="0" state="full">\n`
    + `  <registration aor="${address}" id="${idOf(aorKey(aor))}" state="${state}">\n${contacts}  </registration>\n</reginfo>\n`;
  return { data: Buffer.from(text), content_type: TYPE };
}

/**
 * 5.1: each was registered by a REGISTER. Its id is that of its URI: for two URIs that differ "the id attributes for those contacts MUST differ".
 * Parameters that are not from RFC 3261 are unknown-param.
 */
function contactText(aor: Aor, { contact, q, instance, reg_id, params = {} }: ShownContact): string {
  const id = idOf(JSON.stringify([aorKey(aor), contact]));
  const unknown = Object.entries({ ...(instance !== undefined && { '+sip.instance': instance }), ...(reg_id !== undefined && { 'reg-id': String(reg_id) }), ...params }).filter((texts) => !texts.some((text) => notXml.test(text)));
  return `    <contact id="${id}" state="active" event="registered"${q === undefined ? '' : ` q="${q}"`}>\n      <uri>${attributeText(contact.replace(everyNotXml, escaped))}</uri>\n`
    + `${unknown.map(([name, value]) => `      <unknown-param name="${attributeText(name)}">${attributeText(value)}</unknown-param>\n`).join('')}    </contact>\n`;
}

/** Characters that no XML document can have (XML 1.0 2.2), not even escaped. A quoted parameter may have them, and two of them a URI. */
const notXml = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const everyNotXml = new RegExp(notXml, 'gu');

/** As URIs escape them; a half of a character, which only a program can have written, becomes the replacement character. */
function escaped(char: string): string {
  return Buffer.from(char).toString('hex').toUpperCase().replace(/../g, '%$&');
}

/** The same for the same registration or contact, in each document. */
function idOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
