/** A server whose authorization takes 20 s, but for the neighbour: node slow-server.mjs CHECKOUT. Plain JavaScript, so that it runs with any built checkout. */
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const root = process.argv[2];
const packageOf = (name) => import(pathToFileURL(join(root, 'packages', name, 'dist/index.js')).href);
const { startByName } = await packageOf('core');
await packageOf('event-compositor');
const service = await startByName('slow', { plugins: ['event-compositor'], sip_listen: 'sip:127.0.0.1:0;transport=udp', sip_events: 'presence, nkpublish', log_level: 'error' }, {
  sip_authorize: (_list, request) => request.source.address === '127.0.0.3' ? 'ok' : new Promise((resolve) => { setTimeout(resolve, 20_000, 'ok'); }),
});
console.log(`slow is ready on ${service.addresses.join(', ')}`);
