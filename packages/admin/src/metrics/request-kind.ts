import { Header, parseEvent, type Message } from '@nksip-ts/sip';

const methods: ReadonlySet<string> = new Set(['PUBLISH', 'SUBSCRIBE', 'NOTIFY', 'REGISTER', 'OPTIONS', 'INVITE', 'ACK', 'BYE', 'CANCEL', 'MESSAGE', 'INFO', 'UPDATE', 'PRACK', 'REFER']);

/** What is written in a label: one of a few words, whatever strangers send. */
export const OTHER = 'other';

export function methodOf({ method }: Message): string {
  return methods.has(method) ? method : OTHER;
}

/** The event package, if it is one of the `served`; '' for a request without one. */
export function packageOf(message: Message, served: ReadonlySet<string>): string {
  const header = message.first(Header.Event);
  if (header === undefined) return '';
  const name = served.has(header) ? header : parseEvent(header)?.package ?? OTHER;
  return served.has(name) ? name : OTHER;
}

/** What a request wants: RFC 3903 4, RFC 6665 4.1.2, RFC 3261 10.2. */
export function kindOf(message: Message): string {
  switch (message.method) {
    case 'PUBLISH': return publishKind(message);
    case 'SUBSCRIBE': return subscribeKind(message);
    case 'REGISTER': return message.first(Header.Contact) === undefined ? 'query' : endsIt(message) ? 'remove' : 'register';
    default: return '';
  }
}

function publishKind(message: Message): string {
  if (message.first(Header.SipIfMatch) === undefined) return 'initial';
  if (endsIt(message)) return 'remove';
  return message.bodyLength > 0 ? 'modify' : 'refresh';
}

function subscribeKind(message: Message): string {
  if (message.toTag === '') return endsIt(message) ? 'fetch' : 'initial';
  return endsIt(message) ? 'remove' : 'refresh';
}

function endsIt(message: Message): boolean {
  return message.first(Header.Expires)?.trim() === '0';
}
