/** The REGISTER requests of the phones that measure. */
import { field, type Response } from './response.mts';
import { run, Template, viaLines, type Sender } from './template.mts';

/** In the order in which they can be done. */
export const registerKinds = ['register', 'reregister', 'unregister'] as const;
export type RegisterKind = (typeof registerKinds)[number];

/** All of one address have one Call-ID; CSeq has a place. */
export function registerTemplate(kind: RegisterKind, sender: Sender): Template {
  const address = 'sip:uUUUUUUUU@example.com';
  return new Template([
    'REGISTER sip:example.com SIP/2.0',
    ...viaLines(sender),
    `From: <${address}>;tag=TTTTTTTTTTTT`,
    `To: <${address}>`,
    `Call-ID: UUUUUUUU-${run}@${sender.address}`,
    'CSeq: QQQQQQ REGISTER',
    `Contact: <sip:uUUUUUUUU@${sender.address}:${sender.port}>`,
    `Expires: ${kind === 'unregister' ? '0' : 'EEEE'}`,
    'Content-Length: 0',
    '',
    '',
  ]);
}

/** What is wrong with a response; undefined if it is right. `asked`: seconds. */
export function registerFaultOf(kind: RegisterKind, { code, text }: Response, asked: number): string | undefined {
  if (code !== '200') return `${code} for 200`;
  const contact = field(text, 'Contact');
  if (kind === 'unregister') return contact === '' ? undefined : 'still registered';
  const expires = Number(/;expires=(\d+)/.exec(contact)?.[1]);
  return expires > 0 && expires <= asked ? undefined : `Contact: ${contact === '' ? 'none' : 'without its time'}`;
}
