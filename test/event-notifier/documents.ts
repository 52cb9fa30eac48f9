import type { Publication } from '@nksip-ts/event-compositor';
import { parseAor, type Aor } from '@nksip-ts/sip';

export const alice = parseAor('sip:alice@example.com') as Aor;

export const pidf = (content: string, more = ''): string =>
  `<?xml version="1.0"?>\n<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" ${more}entity="sip:alice@example.com">${content}</presence>`;

export const tuple = (id: string, basic: 'open' | 'closed'): string => `<tuple id="${id}"><status><basic>${basic}</basic></status></tuple>`;

export const dialogInfo = (content: string): string =>
  `<?xml version="1.0"?>\n<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="7" state="partial" entity="sip:alice@example.com">${content}</dialog-info>`;

export const dialog = (id: string, state: string): string => `<dialog id="${id}" call-id="call-${id}"><state>${state}</state></dialog>`;

let tags = 0;

/** A publication as a store has it; each one is newer than the one before. */
export function published(body: string, contentType: string, publisher?: string, tag = `tag${++tags}`): Publication {
  const record = { data: Buffer.from(body), event: 'any', content_type: contentType, since: ++tags, expires: 4e9, ...(publisher === undefined ? undefined : { publisher }) };
  return { aor: alice, tag, record };
}
