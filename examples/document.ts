// The example from NkSIP's documentation of the plugin, step by step. Run it with `npx tsx examples/document.ts`. Four ports may
// follow, such as those of NkSIP's example: 5060 5061 5070 5071. By default the system chooses free ones.
import assert from 'node:assert/strict';
import { start, stop, uac } from '@nksip-ts/core';
import * as eventCompositor from '@nksip-ts/event-compositor';

const [clientPort = '0', clientTlsPort = '0', serverPort = '0', serverTlsPort = '0'] = process.argv.slice(2);

await start('client1', {
  sip_from: 'sip:client1@nksip', sip_local_host: 'localhost', sip_listen: `sip:127.0.0.1:${clientPort}, sips:127.0.0.1:${clientTlsPort}`,
});
const server = await start('server', {
  sip_from: 'sip:server@nksip', sip_local_host: '', sip_no_100: true, sip_events: 'nkpublish',
  plugins: ['event-compositor'], sip_listen: `sip:127.0.0.1:${serverPort}, sips:127.0.0.1:${serverTlsPort}`,
});
// The port that the system chose instead of 0.
const [, port] = /:(\d+);transport=udp/.exec(server.addresses.join(' ')) ?? [];
const user1 = `sip:user1@127.0.0.1:${port}`;
const stored = async (tag: string): Promise<string> => {
  const record = await eventCompositor.find('server', { scheme: 'sip', user: 'user1', domain: '127.0.0.1' }, tag);
  return record === 'not_found' ? record : eventCompositor.textOf(record);
};

// Published for five seconds.
const first = await uac.publish('client1', user1, { event: 'nkpublish', expires: 5, body: 'data1' });
assert(first.ok && first.code === 200 && first.meta.expires === 5);
const etag1 = first.meta.sip_etag;
assert.equal(await stored(etag1), 'data1');

// Nothing is stored under another tag.
const other = await uac.publish('client1', user1, { event: 'nkpublish', sip_if_match: 'other' });
assert(!other.ok && other.code === 412);
assert.deepEqual(other.meta, {});

// Removed: the same tag, and nothing is left.
const removed = await uac.publish('client1', user1, { event: 'nkpublish', expires: 0, sip_if_match: etag1 });
assert(removed.ok && removed.code === 200);
assert.deepEqual(removed.meta, { sip_etag: etag1, expires: 0 });
assert.equal(await stored(etag1), 'not_found');

// Published again: another tag.
const second = await uac.publish('client1', user1, { event: 'nkpublish', expires: 60, body: 'data2' });
assert(second.ok && second.code === 200 && second.meta.expires === 60);
const etag2 = second.meta.sip_etag;
assert.notEqual(etag2, etag1);
assert.equal(await stored(etag2), 'data2');

// Modified: the same tag, another body.
const modified = await uac.publish('client1', user1, { event: 'nkpublish', expires: 1, sip_if_match: etag2, body: 'data3' });
assert(modified.ok && modified.code === 200);
assert.deepEqual(modified.meta, { sip_etag: etag2, expires: 1 });
assert.equal(await stored(etag2), 'data3');

assert.equal(await stop('client1'), 'ok');
assert.equal(await stop('server'), 'ok');
console.log('as the document says');
