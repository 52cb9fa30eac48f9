import { publishText, requestText } from '../kit/request-text.ts';
import { pidf, tuple } from '../event-notifier/documents.ts';
import { mutated, overlong } from './mutations.ts';
import type { Random } from './random.ts';

/** What stands in place of the parts of a dialog that is there only when a run begins. */
export const dialogParts = { callId: 'the-call-id', ours: 'our-own-tag', theirs: 'their-own-tag', port: 'PORT' } as const;

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const via = `SIP/2.0/UDP 127.0.0.2:${dialogParts.port};branch=z9hG4bKfuzz;rport`;

function subscribeText(headers: readonly string[], parts: { readonly to?: string; readonly cseq?: number; readonly uri?: string; readonly body?: string; readonly callId?: string } = {}): Buffer {
  const { to = '<sip:watched@example.com>', cseq = 1, uri = 'sip:watched@example.com', body = '', callId = 'a-new-call' } = parts;
  return latin1(requestText({ method: 'SUBSCRIBE', uri, via: [via], from: '"W" <sip:w@example.com>;tag=the-watcher', to, callId, cseq: `${cseq} SUBSCRIBE`, headers, body }));
}

const contact = `Contact: <sip:w@127.0.0.2:${dialogParts.port};transport=udp>`;
const inDialog = { to: `<sip:watched@example.com>;tag=${dialogParts.theirs}`, callId: dialogParts.callId };

const subscribes: readonly Buffer[] = [
  subscribeText(['Event: presence', contact, 'Expires: 600', 'Accept: application/pidf+xml']),
  subscribeText(['o: presence;id="a b";x', `m: "W" <sip:w@127.0.0.2:${dialogParts.port}>;+sip.instance="<urn:uuid:1>";expires=60`, 'Accept: application/*;q=0.5, application/pidf+xml;q=1, text/plain;q=0', 'Supported: eventlist, gruu']),
  subscribeText(['Event: dialog;sla;include-session-description', contact, 'Expires: 3600', 'Accept: application/dialog-info+xml', 'Record-Route: <sip:p1.example.com;lr>, <sip:127.0.0.9:9;lr>', 'Record-Route: <sip:[::1]:5070;lr>']),
  subscribeText(['Event: message-summary', 'Contact: <sip:w@192.0.2.7:5061>', 'Expires: 0']),
  subscribeText(['Event: presence', 'Contact: <sips:w@elsewhere.example.com;transport=tcp>', 'Expires: 1', 'Accept: */*']),
  subscribeText(['Event: presence', 'Contact: <sip:w@0.0.0.0;ob>', 'Content-Type: application/simple-filter+xml', 'Accept:'], { body: '<filter-set/>' }),
  subscribeText(['Event: presence', contact, 'Expires: 600'], { ...inDialog, cseq: 2 }),
  subscribeText(['Event: presence', contact, 'Expires: 0'], { ...inDialog, cseq: 3 }),
  subscribeText(['Event: presence', 'Contact: <sip:w@127.0.0.9:9>', 'Expires: 60'], { ...inDialog, cseq: 2_147_483_647 }),
  subscribeText(['Event: dialog', contact], { ...inDialog, cseq: 4 }),
  latin1(publishText({ uri: 'sip:watched@example.com', event: 'presence', via: [via], expires: 60, headers: ['Content-Type: application/pidf+xml'], body: pidf(tuple('t', 'open')) })),
  latin1(publishText({ uri: 'sip:watched@example.com', event: 'presence', via: [via], expires: 1, headers: ['Content-Type: application/pidf+xml'], body: pidf(tuple('t', 'closed').repeat(40)) })),
];

function notifyText(state: string | undefined, parts: { readonly to?: string; readonly from?: string; readonly cseq?: number; readonly callId?: string; readonly headers?: readonly string[]; readonly body?: string } = {}): Buffer {
  const { to = `<sip:we@example.com>;tag=${dialogParts.ours}`, from = `<sip:watched@example.com>;tag=${dialogParts.theirs}`, cseq = 1, callId = dialogParts.callId, headers = ['Event: presence', contact], body = '' } = parts;
  return latin1(requestText({ method: 'NOTIFY', uri: 'sip:we@127.0.0.2', via: [via], from, to, callId, cseq: `${cseq} NOTIFY`, body, headers: [...(state === undefined ? [] : [`Subscription-State: ${state}`]), ...headers] }));
}

const document = pidf(tuple('t', 'open'));
const notifies: readonly Buffer[] = [
  notifyText('active;expires=600', { body: document, headers: ['Event: presence', contact, 'Content-Type: application/pidf+xml'] }),
  notifyText('active', { cseq: 2, body: document, headers: ['o: presence', contact, 'c: application/pidf+xml;charset=utf-8'] }),
  notifyText('pending;expires=1', { cseq: 3 }),
  notifyText('terminated;reason=timeout', { cseq: 4 }),
  notifyText('terminated;reason=probation;retry-after=0', { cseq: 5 }),
  notifyText('terminated;reason=unheard-of;retry-after=99999999999', { cseq: 6 }),
  notifyText('waiting;expires=4294967296', { cseq: 2_147_483_647 }),
  notifyText(undefined, { cseq: 7 }),
  notifyText('active;expires=60', { cseq: 8, headers: ['Event: dialog', contact] }),
  notifyText('active;expires=60', { cseq: 9, headers: ['Event: presence;id=7', contact] }),
  notifyText('active;expires=60', { cseq: 1, from: '<sip:watched@example.com>;tag=a-fork', headers: ['Event: presence', 'Contact: <sip:f@127.0.0.9:9;transport=tcp>', 'Record-Route: <sip:p.example.com;lr>'] }),
  notifyText('active;expires=60', { cseq: 1, to: '<sip:we@example.com>' }),
  notifyText('active', { cseq: 1, callId: 'nobodys', headers: ['Event: message-summary', 'Content-Type: application/simple-message-summary'], body: 'Messages-Waiting: yes\r\n' }),
];

function anyOf(from: readonly Buffer[], random: Random): Buffer {
  if (random.once(20)) return overlong(random);
  return random.once(5) ? random.pick(from) : mutated(random, from);
}

export function anySubscribe(random: Random): Buffer {
  return anyOf(subscribes, random);
}

export function anyNotify(random: Random): Buffer {
  return anyOf(notifies, random);
}

/** What was made before the dialog was there becomes part of it. */
export function placed(bytes: Buffer, parts: Readonly<Record<keyof typeof dialogParts, string>>): Buffer {
  let text = bytes.toString('latin1');
  for (const [name, stand] of Object.entries(dialogParts)) text = text.replaceAll(stand, parts[name as keyof typeof dialogParts]);
  return Buffer.from(text, 'latin1');
}
