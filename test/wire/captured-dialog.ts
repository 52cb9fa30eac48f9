import { readFileSync } from 'node:fs';
import { RequestText, ResponseText } from '../kit/received-text.ts';

/** What somebody recorded between one client and one server: a line with time, addresses and size before each message. */
export interface CapturedDialog {
  readonly clientPort: string;
  readonly serverPort: string;
  /** All in their order; responses of the server, which ours takes the place of, as well. */
  readonly messages: readonly CapturedMessage[];
}

export interface CapturedMessage {
  readonly isOfClient: boolean;
  /** A request, or undefined. */
  readonly request: RequestText | undefined;
  readonly response: ResponseText | undefined;
}

const before = /^===== +[\d.]+ UDP 127\.0\.0\.1:(\d+) > 127\.0\.0\.1:(\d+) \d+\n/gm;

export function capturedDialog(file: string): CapturedDialog {
  const [, ...parts] = readFileSync(file, 'latin1').split(before);
  const all = Array.from({ length: parts.length / 3 }, (_, index) => parts.slice(3 * index, 3 * index + 3));
  const [clientPort = '', serverPort = ''] = all.find(([, , text]) => text?.startsWith('SUBSCRIBE ')) ?? [];
  const messages = all.filter(([, , text]) => text?.includes(' SIP/2.0\n') === true || text?.startsWith('SIP/2.0 ') === true).map(([from, , text = '']) => {
    const whole = wholeOf(text);
    const isResponse = text.startsWith('SIP/2.0 ');
    return { isOfClient: from === clientPort, request: isResponse ? undefined : new RequestText(whole), response: isResponse ? new ResponseText(whole) : undefined };
  });
  return { clientPort, serverPort, messages };
}

/** The record has no CR, and empty lines behind a body: so its length is counted anew. */
function wholeOf(text: string): string {
  const [head = '', body = ''] = text.split(/\n\n([^]*)/);
  const bytes = body.trimEnd();
  return `${head.replaceAll('\n', '\r\n').replace(/^Content-Length: \d+/m, `Content-Length: ${bytes.length}`)}\r\n\r\n${bytes}`;
}
