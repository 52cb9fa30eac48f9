/**
 * Messages per CPU-second through the parser, with what the decision about a PUBLISH needs.
 * Run: node --import tsx -C @nksip-ts/source bench/micro-parse.mts [seconds]
 */
import { aorKey, aorOf, buildResponse, checkRequest, Framer, Header, type Message, parse, parseDeltaSeconds, parseEvent, parseToken } from '@nksip-ts/sip';

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

const datagrams = Array.from({ length: 512 }, (_, index) => publish(100 + index));
let sink = 0;

function read(bytes: Uint8Array): Message {
  const result = parse(bytes);
  if (!result.ok) throw new Error(result.reason);
  return result.message;
}

function decide(bytes: Uint8Array): Message {
  const message = read(bytes);
  const fault = checkRequest(message);
  if (fault !== undefined || message.uri === undefined || message.toTag !== '') throw new Error('refused');
  const { topVia } = message;
  const event = parseEvent(message.first(Header.Event) ?? '');
  const tag = message.first(Header.SipIfMatch);
  sink += aorKey(aorOf(message.uri)).length + message.fromTag.length + message.callId.length + (message.cseq?.number ?? 0)
    + (topVia?.branch?.length ?? 0) + (topVia?.host.length ?? 0) + (topVia?.rport === true ? 1 : 0) + (event?.package.length ?? 0)
    + (parseDeltaSeconds(message.first(Header.Expires) ?? '') ?? 0) + (tag === undefined ? 0 : parseToken(tag)?.length ?? 0)
    + (message.first(Header.ContentType)?.length ?? 0) + message.body.length;
  return message;
}

function answer(bytes: Uint8Array): void {
  const request = decide(bytes);
  sink += buildResponse({
    request, code: 200, reason: 'OK', toTag: '0123456789abcdef', topVia: `${request.viaText};received=127.0.0.1`,
    headers: 'Expires: 3600\r\nSIP-ETag: 0123456789abcdef0123456789abcdef\r\n',
  }).length;
}

function frame(bytes: Uint8Array): void {
  const framer = new Framer();
  framer.push(bytes);
  sink += framer.next()?.kind.length ?? 0;
}

function measure(name: string, work: (bytes: Uint8Array) => void, seconds: number): void {
  const run = (until: number): number => {
    const from = process.cpuUsage();
    let count = 0;
    for (;;) {
      for (const datagram of datagrams) work(datagram);
      count += datagrams.length;
      const used = process.cpuUsage(from);
      if (used.user + used.system >= until) return (count / (used.user + used.system)) * 1e6;
    }
  };
  run(300_000);
  console.log(`${name.padEnd(36)}${Math.round(run(seconds * 1e6)).toLocaleString('en').padStart(12)} /CPU-s`);
}

const seconds = Number(process.argv[2] ?? 1);
console.log(`PUBLISH of ${datagrams[0]?.length ?? 0} bytes`);
measure('parse (index only)', read, seconds);
measure('parse + all that a decision needs', decide, seconds);
measure('... + buildResponse', answer, seconds);
measure('Framer alone', frame, seconds);
if (sink === 0) console.log('nothing done');
