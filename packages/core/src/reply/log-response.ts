import { utf8Of, type Message } from '@nksip-ts/sip';
import { senderText, type Logger } from '../log/log.js';
import type { Source } from '../transport/transport.js';
import type { OutgoingResponse } from './resolve.js';

/** The line at info of a request that is answered. */
export function logResponse(log: Logger, message: Message, source: Source, response: OutgoingResponse): void {
  const { method } = message;
  const uri = utf8Of(message.requestUri);
  const more = Object.entries(response.log ?? {}).map(([name, value]) => ` ${name}=${wordOf(value)}`).join('');
  log.info({ ...response.log, method, uri, code: response.code, from: senderText(source) }, `${method} ${uri} ${response.code} ${response.reason}${more}`);
}

/** One word, or a text in quotes: what stands in it is no other value. */
function wordOf(value: string | number): string {
  return typeof value === 'number' || /^[^\s"]+$/.test(value) ? String(value) : JSON.stringify(value);
}
