import { Refused } from '@nksip-ts/core';
/** The pieces of the way of a PUBLISH, each alone; the built ones, which users run. */
import {
  aorKey, aorOf, buildResponse, checkRequest, Framer, Header, parse, parseDeltaSeconds, parseEvent, parseToken, type Aor, type Message,
} from '@nksip-ts/sip';
import { options, RamStore, type RegPublish } from '@nksip-ts/event-compositor';
import { buildChain } from '../packages/core/dist/callback/chain.js';
import { decide } from '../packages/event-compositor/dist/publish/decide.js';
import { policyOf } from '../packages/event-compositor/dist/publish/policy.js';
import { type PublishRequest } from '../packages/event-compositor/dist/publish/request.js';

export interface Case {
  readonly name: string;
  /** Operations that `work` does. */
  readonly size: number;
  /** Before each `work`; not measured. */
  prepare?(): void;
  work(): void;
}

const body = [
  '<?xml version="1.0" encoding="UTF-8"?>',
  '<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:u100-7@example.com">',
  '<tuple id="t1a2b3c4">',
  '<status><basic>open</basic></status>',
  '<contact priority="0.8">sip:u100-7@192.0.2.10:5060;transport=udp</contact>',
  '<note xml:lang="en">Available for chat, at desk</note>',
  '<timestamp>2026-01-01T00:00:00Z</timestamp>',
  '</tuple>',
  '</presence>',
].join('\r\n');

/** As baresip writes it. */
function publish(call: number): Buffer {
  return Buffer.from([
    `PUBLISH sip:u${call}-7@example.com SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK-7-${call}-0;rport`,
    `From: <sip:u${call}-7@example.com>;tag=7f${call}`,
    `To: <sip:u${call}-7@example.com>`,
    `Call-ID: ${call}-7@127.0.0.1`,
    'CSeq: 1 PUBLISH',
    'Max-Forwards: 70',
    'Event: presence',
    'Expires: 3600',
    'User-Agent: esc-bench',
    'Content-Type: application/pidf+xml',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n'));
}

/** A sum that is printed, so that no work can be left out. */
export const proof = { sum: 0 };
export const datagrams: readonly Buffer[] = Array.from({ length: 512 }, (_, index) => publish(100 + index));
const messages = datagrams.map(read);

const tag = '0123456789abcdef0123456789abcdef';
const policy = policyOf(options.parse({}), ['presence']);
const record: RegPublish = { data: Buffer.from(body), event: 'presence', content_type: 'application/pidf+xml', publisher: 'sip:u1-7@example.com 127.0.0.1', since: Date.now() / 1000, expires: Date.now() / 1000 + 3600 };
const initials: readonly PublishRequest[] = messages.map((message, index) => {
  const aor = aorAt(index);
  const content = { data: message.body, event: 'presence', content_type: record.content_type, mediaType: record.content_type, encoded: false, dispositionKnown: true, optional: false };
  return { aor, key: aorKey(aor), event: 'presence', ifMatch: undefined, expires: 3600, content, publisher: record.publisher, user: undefined, origin: { transaction: `${index}`, token: `${index}`, message } };
});
const refreshes: readonly PublishRequest[] = initials.map((one) => ({ ...one, ifMatch: tag, content: undefined }));

const stored = 10_000;
const aors = Array.from({ length: stored }, (_, index) => aorAt(index));
let ram = new RamStore();
const direct = buildChain('bench', [{ owner: 'one', fn: (value) => value }]);
const passed = buildChain('bench', ['one', 'two', 'three', 'four'].map((owner) => ({ owner, fn: (value) => owner === 'four' ? value : 'continue' })));

export const cases: readonly Case[] = [
  overDatagrams('parse: index only', (bytes) => { proof.sum += read(bytes).body.length; }),
  overDatagrams('parse: all that a decision needs', examined),
  overDatagrams('parse: from a stream (Framer)', framed),
  { name: 'serialize: 200', size: messages.length, work() { for (const message of messages) answered(message); } },
  { name: 'decide: initial', size: initials.length, work() { for (const one of initials) decided(one, undefined); } },
  { name: 'decide: refresh', size: refreshes.length, work() { for (const one of refreshes) decided(one, record); } },
  overStore('RAM store: put', emptied, (aor) => { ram.put('bench', aor, tag, record, 3600); }),
  overStore('RAM store: put again', filled, (aor) => { ram.put('bench', aor, tag, record, 3600); }),
  overStore('RAM store: get', filled, (aor) => { proof.sum += ram.get('bench', aor, tag)?.data.length ?? 0; }),
  overStore('RAM store: replace', filled, (aor) => { proof.sum += Number(ram.replace('bench', aor, tag, `${tag.slice(1)}x`, record, 3600)); }),
  overStore('RAM store: del', filled, (aor) => { proof.sum += Number(ram.del('bench', aor, tag)); }),
  chained('chain: one link', direct),
  chained('chain: four links', passed),
];

function overDatagrams(name: string, each: (bytes: Uint8Array) => void): Case {
  return { name, size: datagrams.length, work() { for (const bytes of datagrams) each(bytes); } };
}

function overStore(name: string, prepare: () => void, each: (aor: Aor) => void): Case {
  return { name, size: stored, prepare, work() { for (const aor of aors) each(aor); } };
}

function chained(name: string, chain: ReturnType<typeof buildChain>): Case {
  const size = 1000;
  return { name, size, work() { for (let i = 0; i < size; i++) proof.sum += Number(chain.call([i])); } };
}

function aorAt(index: number): Aor {
  return { scheme: 'sip', user: `u${index}-7`, domain: 'example.com' };
}

function emptied(): void {
  void ram.close();
  ram = new RamStore();
}

function filled(): void {
  emptied();
  for (const aor of aors) ram.put('bench', aor, tag, record, 3600);
}

function read(bytes: Uint8Array): Message {
  const result = parse(bytes);
  if (!result.ok) throw new Error(result.reason);
  return result.message;
}

function examined(bytes: Uint8Array): void {
  const message = read(bytes);
  const fault = checkRequest(message);
  if (fault !== undefined || message.uri === undefined || message.toTag !== '') throw new Error('refused');
  const { topVia } = message;
  const event = parseEvent(message.first(Header.Event) ?? '');
  const ifMatch = message.first(Header.SipIfMatch);
  proof.sum += aorKey(aorOf(message.uri)).length + message.fromTag.length + message.callId.length + (message.cseq?.number ?? 0)
    + (topVia?.branch?.length ?? 0) + (topVia?.host.length ?? 0) + (topVia?.rport === true ? 1 : 0) + (event?.package.length ?? 0)
    + (parseDeltaSeconds(message.first(Header.Expires) ?? '') ?? 0) + (ifMatch === undefined ? 0 : parseToken(ifMatch)?.length ?? 0)
    + (message.first(Header.ContentType)?.length ?? 0) + message.body.length;
}

function framed(bytes: Uint8Array): void {
  const framer = new Framer();
  framer.push(bytes);
  proof.sum += framer.next()?.kind.length ?? 0;
}

function answered(request: Message): void {
  proof.sum += buildResponse({
    request, code: 200, reason: 'OK', toTag: '0123456789abcdef', received: '127.0.0.1', port: 5060,
    headers: `Expires: 3600\r\nSIP-ETag: ${tag}\r\n`,
  }).length;
}

function decided(one: PublishRequest, before: RegPublish | undefined): void {
  const decision = decide(policy, one, before, Date.now(), tag);
  if (decision instanceof Refused) throw new Error('refused');
  proof.sum += decision.tag.length;
}
