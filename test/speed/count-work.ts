// Counts what a service does for a PUBLISH of each kind, and prints it as JSON, a CountedWork. How to run it: counted-work.ts.
import { start } from '@nksip-ts/core';
import '@nksip-ts/event-compositor';
import { fresh, publishText } from '../kit/request-text.ts';
import { countKinds } from './count-kinds.ts';
import { kinds } from './counted-work.ts';

function tagOf(response: string): string {
  const [, tag] = /^SIP\/2\.0 200 .*\r\nSIP-ETag: (\S+)/s.exec(response) ?? [];
  if (tag === undefined) throw new Error(`The answer should have been a 200 with a tag, not:\n${response}`);
  return tag;
}

const service = await start('counted', { plugins: ['event-compositor'], sip_listen: 'sip:127.0.0.1:0;transport=udp', sip_events: 'presence', log_level: 'error' });
const work = await countKinds(service, kinds, (kind, address, response) => {
  const content = kind === 'initial' || kind === 'modify' ? { headers: ['Content-Type: application/pidf+xml'], body: 'x'.repeat(386) } : {};
  return publishText({
    uri: `sip:user${address}@example.com`, via: [`SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK${fresh('branch')};rport`], event: 'presence', expires: kind === 'remove' ? 0 : 3600,
    ...(kind !== 'initial' && { etag: tagOf(response) }), ...content,
  });
});
process.stdout.write(`${JSON.stringify(work)}\n`);
