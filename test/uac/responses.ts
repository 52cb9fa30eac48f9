import { parse, type Message } from '@nksip-ts/sip';

/** The head of a request or response, and its body, as somebody reads them off the wire. */
export class WireText {
  readonly startLine: string;
  readonly body: string;
  readonly #lines: readonly string[];

  constructor(readonly text: string) {
    const [head = '', ...rest] = text.split('\r\n\r\n');
    const [startLine = '', ...lines] = head.split('\r\n');
    this.startLine = startLine;
    this.#lines = lines;
    this.body = rest.join('\r\n\r\n');
  }

  /** All values of a header, spelt as the client spells it. */
  all(name: string): readonly string[] {
    return this.#lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
  }

  one(name: string): string {
    const [value, ...others] = this.all(name);
    if (value === undefined || others.length > 0) throw new Error(`${name} stands ${others.length + (value === undefined ? 0 : 1)} times in\n${this.text}`);
    return value;
  }

  get branch(): string {
    return /branch=([^;]+)/.exec(this.one('Via'))?.[1] ?? '';
  }
}

/** An answer to a request, as a server makes it. */
export function answerTo(request: WireText, status: string, headers: readonly string[] = [], body = ''): string {
  const copied = ['Via', 'From', 'Call-ID', 'CSeq'].map((name) => `${name}: ${request.one(name)}`);
  const to = `To: ${request.one('To')};tag=server`;
  return [`SIP/2.0 ${status}`, ...copied, to, ...headers, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n');
}

export function messageOf(text: string): Message {
  const result = parse(Buffer.from(text));
  if (!result.ok) throw new Error(`${result.code} ${result.reason}`);
  return result.message;
}

/** A response that belongs to the transaction of this branch. */
export function response(status: string, { branch = 'z9hG4bK1', method = 'PUBLISH', sentBy = '127.0.0.1:5060', via = '' } = {}): Message {
  return messageOf([
    `SIP/2.0 ${status}`, `Via: SIP/2.0/UDP ${sentBy};branch=${branch}${via}`, 'From: <sip:a@x>;tag=1', 'To: <sip:b@x>;tag=2',
    'Call-ID: 1', `CSeq: 1 ${method}`, 'Content-Length: 0', '', '',
  ].join('\r\n'));
}
