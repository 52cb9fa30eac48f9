// Messages as they came over the wire: `RequestText`, `ResponseText`, and what both have (`MessageText`). `responseTo` writes the response of
// a server to such a request. As values: parsed.ts. Requests to send: request-text.ts.

/** A request or response as it came over the wire. */
export class MessageText {
  readonly startLine: string;
  /** The lines of its head, without the first. */
  readonly lines: readonly string[];
  readonly body: string;

  constructor(readonly text: string) {
    const end = text.indexOf('\r\n\r\n');
    const [startLine = '', ...lines] = text.slice(0, end).split('\r\n');
    this.startLine = startLine;
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

  /** Of the one Via. */
  get branch(): string {
    return /branch=([^;]+)/.exec(this.one('Via'))?.[1] ?? '';
  }

  /** '' if To has none. */
  get toTag(): string {
    return /;tag=([^;]+)$/.exec(this.one('To'))?.[1] ?? '';
  }
}

export class RequestText extends MessageText {
  get method(): string {
    return this.startLine.split(' ')[0] ?? '';
  }

  get uri(): string {
    return this.startLine.split(' ')[1] ?? '';
  }
}

export class ResponseText extends MessageText {
  readonly code: number;
  readonly reason: string;

  /** `text`: latin1, one char a byte. */
  constructor(text: string) {
    super(text);
    const [, code, reason] = /^SIP\/2\.0 (\d{3}) (.*)$/s.exec(this.startLine) ?? [];
    this.code = Number(code);
    this.reason = Buffer.from(reason ?? '', 'latin1').toString();
  }
}

/** A response to a request, as a server makes it. `status`: code and reason. */
export function responseTo(request: MessageText, status: string, headers: readonly string[] = [], body = ''): string {
  const copied = ['Via', 'From', 'Call-ID', 'CSeq'].map((name) => `${name}: ${request.one(name)}`);
  const to = `To: ${request.one('To')};tag=server`;
  return [`SIP/2.0 ${status}`, ...copied, to, ...headers, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n');
}
