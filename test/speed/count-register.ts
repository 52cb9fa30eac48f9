// Counts what a service does for a REGISTER of each kind, and prints it as JSON, a CountedRegister. How to run it: counted-work.ts.
import { start } from '@nksip-ts/core';
import '@nksip-ts/registrar';
import { fresh, requestText } from '../kit/request-text.ts';
import { countKinds } from './count-kinds.ts';
import { registerKinds, type RegisterKind } from './counted-work.ts';

function checkResponse(kind: RegisterKind, contact: string, response: string): void {
  const isRight = response.startsWith('SIP/2.0 200 ') && response.includes(`\r\nContact: <${contact}>;expires=3600\r\n`);
  if (kind !== 'initial' && !isRight) throw new Error(`The answer should have been a 200 with ${contact}, not:\n${response}`);
}

let cseq = 0;

const service = await start('counted', { plugins: ['registrar'], sip_listen: 'sip:127.0.0.1:0;transport=udp', log_level: 'error' });
const work = await countKinds(service, registerKinds, (kind, address, response) => {
  const user = `user${address}`;
  const contact = `sip:${user}@127.0.0.1:5060`;
  checkResponse(kind, contact, response);
  return requestText({
    method: 'REGISTER', uri: 'sip:example.com', via: [`SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK${fresh('branch')};rport`], from: `<sip:${user}@example.com>;tag=a1`, to: `<sip:${user}@example.com>`,
    callId: `call-of-${user}`, cseq: `${++cseq} REGISTER`, headers: [`Contact: <${contact}>`, `Expires: ${kind === 'remove' ? 0 : 3600}`],
  });
});
process.stdout.write(`${JSON.stringify(work)}\n`);
