/** A server that asks everybody for credentials: node guarded-server.mjs CHECKOUT ALGORITHM... Plain JavaScript, so that it runs with any built checkout. */
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const [root, ...sip_digest_algorithms] = process.argv.slice(2);
const { startByName } = await import(pathToFileURL(join(root, 'packages/core/dist/index.js')).href);
const service = await startByName('guarded', { sip_listen: 'sip:127.0.0.1:0;transport=udp', log_level: 'error', sip_digest_algorithms }, {
  sip_authorize: () => 'authenticate',
  sip_publish: () => ['reply', 'ok'],
});
console.log(`guarded is ready on ${service.addresses.join(', ')}`);
