// Counts what a service does for a PUBLISH of each kind, and prints it as JSON, a CountedWork. `event-notifier` as an argument: with that plugin, too. How to run it: counted-work.ts.
import { start } from '@nksip-ts/core';
import '@nksip-ts/event-compositor';
import '@nksip-ts/event-notifier';
import { fresh, publishText } from '../kit/request-text.ts';
import { countKinds } from './count-kinds.ts';
import { kinds } from './counted-work.ts';

function tagOf(response: string): string {
  const [, tag] = /^SIP\/2\.0 200 .*\r\nSIP-ETag: (\S+)/s.exec(response) ?? [];
  if (tag === undefined) throw new Error(`The answer should have been a 200 with a tag, not:\n${response}`);
  return tag;
}

/** The document of a phone. */
const body = `<?xml version="1.0" encoding="UTF-8"?>\r\n<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:alice@example.com">\r\n<tuple id="bs35r9"><status><basic>open</basic></status>`
  + '<contact priority="0.8">sip:alice@pc.example.com</contact><note xml:lang="en">At my desk</note><timestamp>2026-01-01T00:00:00Z</timestamp></tuple></presence>';

const further = process.argv[2] === 'event-notifier' ? ['event-notifier'] as const : [];
const service = await start('counted', { plugins: ['event-compositor', ...further], sip_listen: 'sip:127.0.0.1:0;transport=udp', sip_events: 'presence', log_level: 'error' });
const work = await countKinds(service, kinds, (kind, address, response) => {
  const content = kind === 'initial' || kind === 'modify' ? { headers: ['Content-Type: application/pidf+xml'], body } : {};
  return publishText({
    uri: `sip:user${address}@example.com`, via: [`SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK${fresh('branch')};rport`], event: 'presence', expires: kind === 'remove' ? 0 : 3600,
    ...(kind !== 'initial' && { etag: tagOf(response) }), ...content,
  });
});
process.stdout.write(`${JSON.stringify(work)}\n`);
