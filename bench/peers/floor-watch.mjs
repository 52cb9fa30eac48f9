/**
 * The floor with watchers: what Node alone costs. It keeps who watches an address and what was published there last, and sends each NOTIFY at once and
 * only once. It checks nothing. Run by `npm run bench -- --only watch`, over UDP.
 */
import { createSocket } from 'node:dgram';

const host = '127.0.0.1';
/** By the value of To, and then by Call-ID. */
const documents = new Map();
const watchers = new Map();
let branches = 0;

const socket = createSocket({ type: 'udp4', lookup: (name, _options, found) => { found(null, name, 4); } });
socket.on('message', (bytes, peer) => { receive(bytes.latin1Slice(), peer); });
socket.bind(0, host, () => {
  socket.setRecvBufferSize(4 << 20);
  console.log(`floor is ready on sip:${host}:${socket.address().port};transport=udp`);
});

function receive(text, peer) {
  if (text.startsWith('PUBLISH ')) publish(text, valueOf(text, 'To'), peer);
  else if (text.startsWith('SUBSCRIBE ')) subscribe(text, valueOf(text, 'To').split(';', 1)[0], peer);
}

function publish(text, address, peer) {
  const body = text.slice(text.indexOf('\r\n\r\n') + 4);
  documents.set(address, body);
  send(`SIP/2.0 200 OK\r\n${viaToCSeq(text)}SIP-ETag: 0123456789abcdef0123456789abcdef\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n`, peer);
  for (const watcher of watchers.get(address)?.values() ?? []) notify(watcher, 'active;expires=3600', body);
}

function subscribe(text, address, peer) {
  const [callId, expires] = [valueOf(text, 'Call-ID'), valueOf(text, 'Expires')];
  const copied = viaToCSeq(text).replace(`To: ${address}\r\n`, `To: ${address};tag=floor\r\n`);
  send(`SIP/2.0 200 OK\r\n${copied}Contact: <sip:${host}>\r\nExpires: ${expires}\r\nContent-Length: 0\r\n\r\n`, peer);
  const all = watchers.get(address) ?? new Map();
  watchers.set(address, all);
  const watcher = all.get(callId) ?? { peer, sequence: 0, head: headOf(text, address, callId) };
  if (expires === '0') all.delete(callId);
  else all.set(callId, watcher);
  notify(watcher, expires === '0' ? 'terminated;reason=timeout' : 'active;expires=3600', documents.get(address) ?? '');
}

/** What every NOTIFY of a watcher has. */
function headOf(text, address, callId) {
  const dialog = `From: ${address};tag=floor\r\nTo: ${valueOf(text, 'From')}\r\nCall-ID: ${callId}\r\n`;
  return `NOTIFY ${valueOf(text, 'Contact').slice(1, -1)} SIP/2.0\r\nMax-Forwards: 70\r\n${dialog}Contact: <sip:${host}>\r\nEvent: presence\r\n`;
}

function notify(watcher, state, body) {
  const own = `Via: SIP/2.0/UDP ${host};branch=z9hG4bK${++branches};rport\r\nCSeq: ${++watcher.sequence} NOTIFY\r\nSubscription-State: ${state}\r\n`;
  send(`${watcher.head}${own}Content-Type: application/pidf+xml\r\nContent-Length: ${body.length}\r\n\r\n${body}`, watcher.peer);
}

function viaToCSeq(text) {
  return text.slice(text.indexOf('\r\nVia:') + 2, text.indexOf('\r\n', text.indexOf('\r\nCSeq:') + 2) + 2);
}

function valueOf(text, name) {
  const start = text.indexOf(`\r\n${name}: `) + name.length + 4;
  return text.slice(start, text.indexOf('\r\n', start));
}

function send(text, { port, address }) {
  socket.send(Buffer.from(text, 'latin1'), port, address);
}
