import { parse, type Framing, type Message, type ParseLimits, type ParseResult } from '@nksip-ts/sip';

export const pidf = '<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:alice@example.com"/>';

export const publishLines: readonly string[] = [
  'PUBLISH sip:alice@example.com SIP/2.0',
  'Via: SIP/2.0/UDP 192.0.2.4:5062;branch=z9hG4bKa1;rport',
  'From: "Alice" <sip:alice@example.com>;tag=f1',
  'To: <sip:alice@example.com>',
  'Call-ID: c1@192.0.2.4',
  'CSeq: 7 PUBLISH',
  'Max-Forwards: 70',
  'Event: presence',
  'Expires: 3600',
  'Content-Type: application/pidf+xml',
  `Content-Length: ${pidf.length}`,
];

/** `lines` with the one that begins with `start` changed into `by`, or left out. */
export function replaced(lines: readonly string[], start: string, ...by: readonly string[]): string[] {
  return lines.flatMap((line) => (line.startsWith(start) ? by : [line]));
}

/** A message of these lines; `body` and all is latin1 text. */
export function bytesOf(lines: readonly string[], body = pidf): Buffer {
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1');
}

export function utf8Text(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

export function parsed(lines: readonly string[], body = pidf, limits?: ParseLimits, framing?: Framing): Message {
  const result = parse(bytesOf(lines, body), limits, framing);
  if (!result.ok) throw new Error(`${result.code} ${result.reason}`);
  return result.message;
}

/** `code reason`, with a word on whether an answer can be routed; '' for a message that was taken. */
export function refusalOf(result: ParseResult): string {
  if (result.ok) return '';
  return `${result.code} ${result.reason}${result.message === undefined ? ' (no way back)' : ''}`;
}
