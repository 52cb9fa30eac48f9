'use strict';
/** A compositor as somebody would write it with the npm package `sip` and two Maps. The argument is the port, for UDP and TCP. */
const sip = require('sip');

const publications = new Map();
let count = 0;

function publish(request) {
  const { event, expires, 'sip-if-match': tag, 'content-type': type } = request.headers;
  if (event !== 'presence') return [489, 'Bad Event', { 'allow-events': 'presence' }];
  const known = tag === undefined ? undefined : publications.get(tag);
  if (tag !== undefined && (known?.uri !== request.uri || known.until < Date.now())) return [412, 'Conditional Request Failed'];
  if (known === undefined && !request.content) return [400, 'No Body'];
  if (request.content && type !== 'application/pidf+xml') return [415, 'Unsupported Media Type', { accept: 'application/pidf+xml' }];
  const seconds = Math.min(Number(expires ?? 3600), 3600);
  const next = `e${process.pid.toString(36)}.${(++count).toString(36)}`;
  publications.delete(tag);
  if (seconds > 0) publications.set(next, { uri: request.uri, body: request.content || known.body, until: Date.now() + 1000 * seconds });
  return [200, 'OK', { expires: seconds, 'sip-etag': next }];
}

sip.start({ address: '127.0.0.1', port: Number(process.argv[2]), udp: true, tcp: true }, (request) => {
  const [code, reason, headers] = request.method === 'PUBLISH' ? publish(request) : [405, 'Method Not Allowed', { allow: 'PUBLISH' }];
  sip.send(sip.makeResponse(request, code, reason, { headers: { ...headers } }));
});
