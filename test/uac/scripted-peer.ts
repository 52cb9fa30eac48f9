import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { MessageText } from '../kit/received-text.ts';

/** What a peer says to a request: a whole response, or nothing. */
export type Script = (request: MessageText, count: number) => string | undefined | 'hang up';

/** A server of plain sockets that follows a script. */
export interface Peer {
  readonly port: number;
  /** Requests in the order of their arrival. */
  readonly requests: MessageText[];
  close(): Promise<void>;
}

export async function udpPeer(script: Script, port = 0): Promise<Peer> {
  const socket = createSocket('udp4');
  const requests: MessageText[] = [];
  const answered = new Set<string>();
  let count = 0;
  socket.on('message', (bytes, from) => {
    const request = new MessageText(bytes.toString());
    // On a busy machine an answer may come behind a retransmission.
    if (!answered.has(request.text)) requests.push(request);
    const answer = script(request, ++count);
    if (answer === undefined) return;
    answered.add(request.text);
    socket.send(answer, from.port, from.address);
  });
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  return { port: socket.address().port, requests, close: async () => {
    const closed = once(socket, 'close');
    socket.close();
    await closed;
  } };
}

export async function tcpPeer(script: Script, port = 0): Promise<Peer> {
  const requests: MessageText[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      text += chunk.toString();
      for (let end = frameEnd(text); end > 0; end = frameEnd(text)) {
        const request = new MessageText(text.slice(0, end));
        text = text.slice(end);
        requests.push(request);
        const answer = script(request, requests.length);
        if (answer === 'hang up') socket.destroy();
        else if (answer !== undefined) socket.write(answer);
      }
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: bound } = server.address() as AddressInfo;
  return { port: bound, requests, close: async () => {
    for (const socket of sockets) socket.destroy();
    const closed = once(server, 'close');
    server.close();
    await closed;
  } };
}

/** Where the first message ends; 0 if it is not whole yet. Bodies in these tests are ASCII. */
function frameEnd(text: string): number {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return 0;
  const end = head + 4 + Number(/^Content-Length: (\d+)/m.exec(text)?.[1] ?? 0);
  return text.length >= end ? end : 0;
}
