let count = 0;

export interface Parts {
  readonly method?: string;
  readonly event?: string;
  readonly etag?: string;
  readonly toTag?: string;
  readonly from?: string;
  readonly body?: string;
  readonly expires?: number;
}

/** A PUBLISH of 700 bytes or so that is the same as no other one; answers go to `address:port`. */
export function publish(address: string, port: number, { method = 'PUBLISH', event = 'presence', etag, toTag, from = 'alice', body = pidf, expires = 60 }: Parts = {}): Buffer {
  const number = ++count;
  return Buffer.from([
    `${method} sip:${from}@example.com SIP/2.0`,
    `Via: SIP/2.0/UDP ${address}:${port};branch=z9hG4bK-hostile-${number};rport`,
    'Max-Forwards: 70',
    `From: <sip:${from}@example.com>;tag=f${number}`,
    `To: <sip:${from}@example.com>${toTag === undefined ? '' : `;tag=${toTag}`}`,
    `Call-ID: hostile-${number}@${address}`,
    `CSeq: 1 ${method}`,
    `Event: ${event}`,
    `Expires: ${expires}`,
    ...(etag === undefined ? [] : [`SIP-If-Match: ${etag}`]),
    `Content-Type: ${event === 'nkpublish' ? 'text/plain' : 'application/pidf+xml'}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n'));
}

const pidf = `<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:alice@example.com">${'<!-- state -->'.repeat(18)}</presence>`;

export interface SubscribeParts {
  /** The user whose state is watched. */
  readonly watched: string;
  /** The user of Contact and From. */
  readonly watcher: string;
  readonly transport?: 'UDP' | 'TCP';
  readonly expires?: number;
  /** Host and port of Contact, if they are not those that it is sent from. */
  readonly contact?: string;
}

/** A SUBSCRIBE with a Call-ID of its own. */
export function subscribe(address: string, port: number, { watched, watcher, transport = 'UDP', expires = 600, contact = `${address}:${port}` }: SubscribeParts): Buffer {
  const number = ++count;
  return Buffer.from([
    `SUBSCRIBE sip:${watched}@example.com SIP/2.0`,
    `Via: SIP/2.0/${transport} ${address}:${port};branch=z9hG4bK-hostile-${number};rport`,
    'Max-Forwards: 70',
    `From: <sip:${watcher}@example.com>;tag=f${number}`,
    `To: <sip:${watched}@example.com>`,
    `Call-ID: hostile-${number}@${address}`,
    'CSeq: 1 SUBSCRIBE',
    `Contact: <sip:${watcher}@${contact}${transport === 'TCP' ? ';transport=tcp' : ''}>`,
    'Event: presence',
    'Accept: application/pidf+xml',
    `Expires: ${expires}`,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n'));
}

/** A document with a note. */
export function noted(user: string, note: string): string {
  return `<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:${user}@example.com"><tuple id="t1"><status><basic>open</basic></status><note>${note}</note></tuple></presence>`;
}
