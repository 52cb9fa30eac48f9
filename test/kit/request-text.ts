// Requests as text: `requestText` (any method), `publishText`; `optionsText` for tests of transports, `bytes`. `fresh` makes a text
// that no request had before; `without` leaves a header field out. As values: sip-request.ts, parsed.ts. The SUBSCRIBEs of a watcher: ../subscription/subscriber.ts.
// What comes back: received-text.ts.

/** What may differ from a PUBLISH of alice's that everybody would take. */
export interface RequestParts {
  readonly method?: string;
  readonly uri?: string;
  readonly version?: string;
  /** Of the one Via, that of a client over UDP on 127.0.0.1: its port, to which the response goes; 5060 unless given. */
  readonly port?: number;
  /** Of that Via, without its z9hG4bK; another one each time unless given. */
  readonly branch?: string;
  /** Instead of that Via: the values, the topmost first. */
  readonly via?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly callId?: string;
  readonly cseq?: string;
  /** Lines of other header fields, without their ends. */
  readonly headers?: readonly string[];
  readonly body?: string;
}

let count = 0;

/** A text that no request had before. */
export function fresh(what: string): string {
  return `${what}-${++count}`;
}

/** A request that is the same as no other one. Text as UTF-8; Content-Length fits. */
export function requestText(parts: RequestParts = {}): string {
  const { method = 'PUBLISH', uri = 'sip:alice@example.com', version = 'SIP/2.0', body = '', headers = [] } = parts;
  const via = parts.via ?? [`SIP/2.0/UDP 127.0.0.1:${parts.port ?? 5060};branch=z9hG4bK${parts.branch ?? fresh('branch')}`];
  return [
    `${method} ${uri} ${version}`,
    ...via.map((value) => `Via: ${value}`),
    'Max-Forwards: 70',
    `From: ${parts.from ?? '<sip:alice@example.com>;tag=a1'}`,
    `To: ${parts.to ?? '<sip:alice@example.com>'}`,
    `Call-ID: ${parts.callId ?? fresh('call')}`,
    `CSeq: ${parts.cseq ?? `1 ${method}`}`,
    ...headers,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

/** A PUBLISH (RFC 3903) of the event package 'nkpublish', which takes any body, unless `event` says otherwise. No body, no Expires. */
export function publishText(parts: RequestParts & { readonly etag?: string; readonly expires?: number; readonly event?: string } = {}): string {
  const { etag, expires, event = 'nkpublish', headers = [], ...others } = parts;
  return requestText({
    ...others,
    headers: [
      `Event: ${event}`,
      ...(expires === undefined ? [] : [`Expires: ${expires}`]),
      ...(etag === undefined ? [] : [`SIP-If-Match: ${etag}`]),
      ...headers,
    ],
  });
}

/** A short OPTIONS that is the same each time; Content-Length frames it. */
export function optionsText(callId: string, body = ''): string {
  return requestText({ method: 'OPTIONS', uri: 'sip:service@127.0.0.1', via: ['SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bK-1'], callId, body });
}

/** `text` as latin1, one byte a char. */
export function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

/** The request without the first line that begins so. */
export function without(text: string, start: string): string {
  return text.split('\r\n').filter((line) => !line.startsWith(start)).join('\r\n');
}
