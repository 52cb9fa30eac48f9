/** What may differ from a PUBLISH of alice's that everybody would take. */
export interface RequestParts {
  readonly method?: string;
  readonly uri?: string;
  readonly version?: string;
  /** Values of Via, the topmost first. */
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
  const via = parts.via ?? [`SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK${fresh('branch')}`];
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

/** A PUBLISH as RFC 3903 has it: event package 'presence' and a small document, unless `headers` and `body` say otherwise. */
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

/** The request without the first line that begins so. */
export function without(text: string, start: string): string {
  return text.split('\r\n').filter((line) => !line.startsWith(start)).join('\r\n');
}

/** A response as it came over the wire. */
export class ResponseText {
  readonly code: number;
  readonly reason: string;
  readonly body: string;
  /** The lines of its head, without the first. */
  readonly lines: readonly string[];

  /** `text`: latin1, one char a byte. */
  constructor(readonly text: string) {
    const end = text.indexOf('\r\n\r\n');
    const [first = '', ...lines] = text.slice(0, end).split('\r\n');
    const [, code, reason] = /^SIP\/2\.0 (\d{3}) (.*)$/s.exec(first) ?? [];
    this.code = Number(code);
    this.reason = Buffer.from(reason ?? '', 'latin1').toString();
    this.lines = lines;
    this.body = text.slice(end + 4);
  }

  /** The values of a header, spelt as given here. */
  all(name: string): readonly string[] {
    return this.lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
  }

  /** The value of a header that stands once. */
  one(name: string): string {
    const [value, ...others] = this.all(name);
    if (value === undefined || others.length > 0) throw new Error(`${name} should stand once in\n${this.text}`);
    return value;
  }

  get toTag(): string {
    return /;tag=([^;]+)$/.exec(this.one('To'))?.[1] ?? '';
  }
}
