/** The PUBLISH requests of the generators. */
import { field, type Response } from './response.mts';
import { run, Template, viaLines, type Sender } from './template.mts';

export const kinds = ['initial', 'refresh', 'modify', 'remove', '412'] as const;
export type Kind = (typeof kinds)[number];

/** Seconds that are asked for. */
export const LIFETIME = 3600;

/** One kind of PUBLISH. All but the initial one have a place for the entity-tag. `note` is what the body says; unless told, each kind has its own. */
export function publishTemplate(kind: Kind, sender: Sender, note?: string): Template {
  const body = kind === 'initial' ? document('open', note ?? 'Available for chat, at desk') : kind === 'modify' ? document('closed', note ?? 'In a meeting until 15:00, room 4') : '';
  // An address that begins with x tells the floor to answer 412.
  const address = `sip:${kind === '412' ? 'x' : 'u'}UUUUUUUU@example.com`;
  return new Template([
    `PUBLISH ${address} SIP/2.0`,
    ...viaLines(sender),
    `From: <${address}>;tag=TTTTTTTTTTTT`,
    `To: <${address}>`,
    `Call-ID: TTTTTTTTTTTT-${run}@${sender.address}`,
    'CSeq: 1 PUBLISH',
    'Event: presence',
    `Expires: ${kind === 'remove' ? '0' : 'EEEE'}`,
    ...(kind === 'initial' ? [] : ['SIP-If-Match: TEXT']),
    ...(body === '' ? [] : ['Content-Type: application/pidf+xml']),
    `Content-Length: ${body.length}`,
    '',
    body,
  ]);
}

function document(basic: string, note: string): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:uUUUUUUUU@example.com">',
    `<tuple id="t1"><status><basic>${basic}</basic></status>`,
    '<contact priority="0.8">sip:uUUUUUUUU@192.0.2.10:5060;transport=udp</contact>',
    `<note xml:lang="en">${note}</note>`,
    '<timestamp>2026-01-01T00:00:00Z</timestamp></tuple></presence>',
  ].join('\r\n');
}

/** What is wrong with a response; undefined if it is right. `asked`: seconds. */
export function faultOf(kind: Kind, { code, text }: Response, asked: number): string | undefined {
  const wanted = kind === '412' ? '412' : '200';
  if (code !== wanted) return `${code} for ${wanted}`;
  if (kind === '412') return undefined;
  if (field(text, 'SIP-ETag') === '') return 'no SIP-ETag';
  const expires = field(text, 'Expires');
  return kind === 'remove' || (Number(expires) > 0 && Number(expires) <= asked) ? undefined : `Expires: ${expires}`;
}
