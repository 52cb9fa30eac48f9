// Texts read by the parser: `messageOf`, `uriOf`; `responseMessage` is a response that belongs to a transaction. They throw where a text is malformed.
import { parse, parseUri, type Message, type Uri } from '@nksip-ts/sip';

export function messageOf(text: string | Uint8Array): Message {
  const result = parse(Buffer.from(text));
  if (!result.ok) throw new Error(`${result.code} ${result.reason}`);
  return result.message;
}

export function uriOf(text: string): Uri {
  const uri = parseUri(text);
  if (uri === undefined) throw new Error(`no URI: ${text}`);
  return uri;
}

/** A response that belongs to the transaction of this branch. `status`: code and reason. */
export function responseMessage(status: string, { branch = 'z9hG4bK1', method = 'PUBLISH', sentBy = '127.0.0.1:5060', via = '' } = {}): Message {
  return messageOf([
    `SIP/2.0 ${status}`, `Via: SIP/2.0/UDP ${sentBy};branch=${branch}${via}`, 'From: <sip:a@x>;tag=1', 'To: <sip:b@x>;tag=2',
    'Call-ID: 1', `CSeq: 1 ${method}`, 'Content-Length: 0', '', '',
  ].join('\r\n'));
}
