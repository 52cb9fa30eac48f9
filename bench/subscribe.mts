/** The SUBSCRIBE requests of the watchers that measure. */
import { run, Template, viaLines, type Sender } from './template.mts';

export const subscribeKinds = ['subscribe', 'resubscribe', 'unsubscribe'] as const;
export type SubscribeKind = (typeof subscribeKinds)[number];

/** The first one makes a dialog; the others have places for its remote target and its remote tag, in this order. */
export function subscribeTemplate(kind: SubscribeKind, sender: Sender): Template {
  const isFirst = kind === 'subscribe';
  return new Template([
    `SUBSCRIBE ${isFirst ? 'sip:uUUUUUUUU@example.com' : 'TEXT'} SIP/2.0`,
    ...viaLines(sender),
    'From: <sip:wWWWWWWWW@example.com>;tag=DDDDDDDDDDDD',
    `To: <sip:uUUUUUUUU@example.com>${isFirst ? '' : ';tag=TEXT'}`,
    `Call-ID: ${callIdStart}WWWWWWWW-DDDDDDDDDDDD@${sender.address}`,
    'CSeq: QQQQQQ SUBSCRIBE',
    `Contact: <sip:wWWWWWWWW@${sender.address}:${sender.port}>`,
    'Event: presence',
    'Accept: application/pidf+xml',
    `Expires: ${kind === 'unsubscribe' ? '0' : 'EEEE'}`,
    'Content-Length: 0',
    '',
    '',
  ]);
}

/** What begins the Call-ID of every subscription of this run, before the numbers of the watcher and of the dialog. */
export const callIdStart = `${run}-`;
