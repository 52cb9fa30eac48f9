import { start, stop, uac } from '@nksip-ts/core';
import './greeter.js';

const service = await start('hall', {
  plugins: ['greeter'],
  sip_greeter_text: 'Good evening',
  sip_listen: 'sip:127.0.0.1:0',
}, {
  sip_greeter_name: (user) => user === 'alice' ? 'Dr. Alice' : 'continue',
});
console.log(service.chain('sip_greeter_name').join(' -> '));

const [address = ''] = service.addresses;
for (const user of ['alice', 'bob']) {
  const answer = await uac.message('hall', address.replace('sip:', `sip:${user}@`), { body: 'Hello?' });
  console.log(answer.code, Buffer.from(answer.response?.body ?? []).toString());
}
await stop('hall');
