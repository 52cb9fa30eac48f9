/**
 * The floor: what Node alone costs. It gives back the request's Via to CSeq with a fixed end, keeps nothing and checks nothing.
 * An address of record that begins with x gets a 412. Run by `npm run bench`; the argument is udp, tcp or ws.
 */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { WebSocketServer } from 'ws';

const host = '127.0.0.1';
const fields = 'SIP-ETag: 0123456789abcdef0123456789abcdef\r\n';

function answer(text) {
  const copied = text.slice(text.indexOf('\r\nVia:') + 2, text.indexOf('\r\n', text.indexOf('\r\nCSeq:') + 2) + 2);
  const code = text[12] === 'x' ? '412 Conditional Request Failed' : '200 OK';
  const expires = text.includes('\r\nExpires: 0\r\n') ? 0 : 3600;
  return Buffer.from(`SIP/2.0 ${code}\r\n${copied}${fields}Expires: ${expires}\r\nContent-Length: 0\r\n\r\n`, 'latin1');
}

function ready(transport, { port }) {
  console.log(`floor is ready on sip:${host}:${port};transport=${transport}`);
}

const servers = {
  udp() {
    const socket = createSocket({ type: 'udp4', lookup: (name, _options, found) => { found(null, name, 4); } });
    socket.on('message', (bytes, { port, address }) => { socket.send(answer(bytes.latin1Slice()), port, address); });
    socket.bind(0, host, () => {
      socket.setRecvBufferSize(4 << 20);
      ready('udp', socket.address());
    });
  },
  tcp() {
    const server = createServer({ noDelay: true }, (socket) => {
      let rest = '';
      socket.setEncoding('latin1').on('error', () => undefined).on('data', (text) => {
        rest += text;
        socket.cork();
        for (let end = endOfFirst(rest); end <= rest.length; end = endOfFirst(rest)) {
          socket.write(answer(rest.slice(0, end)));
          rest = rest.slice(end);
        }
        socket.uncork();
      });
    });
    server.listen(0, host, () => { ready('tcp', server.address()); });
  },
  ws() {
    const server = new WebSocketServer({ host, port: 0, handleProtocols: () => 'sip', perMessageDeflate: false });
    server.on('connection', (socket) => socket.on('message', (bytes) => { socket.send(answer(bytes.latin1Slice()), { binary: false }); }));
    server.on('listening', () => { ready('ws', server.address()); });
  },
};

/** Infinity while the first message is not whole. */
function endOfFirst(text) {
  const end = text.indexOf('\r\n\r\n');
  return end < 0 ? Infinity : end + 4 + Number(/\r\nContent-Length: (\d+)/.exec(text.slice(0, end + 2))?.[1] ?? 0);
}

servers[process.argv[2]]();
