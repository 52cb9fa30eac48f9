/** The generator's end of each transport. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import type { Transport } from './contenders.mts';

export interface Channel {
  /** Both of the Via. */
  readonly address: string;
  readonly port: number;
  /** The bytes must stay as they are until they are answered. */
  send(bytes: Uint8Array): void;
  close(): void;
}

type Received = (text: string) => void;

const host = '127.0.0.1';

/** `received` is given one message at a time; a connection that breaks is told to `broken`. */
export async function openChannel(transport: Transport, port: number, received: Received, broken: (error: Error) => void): Promise<Channel> {
  return await channels[transport](port, received, broken);
}

/** Over UDP, from so many ports in turn: a server answers where a request came from (RFC 3581), whatever its Via has. */
export async function openUdpPorts(many: number, port: number, received: Received, broken: (error: Error) => void): Promise<Channel> {
  const sockets = await Promise.all(Array.from({ length: many }, () => openUdp(host, port, received, broken)));
  const [first] = sockets;
  let next = 0;
  return {
    address: host, port: first?.port ?? 0,
    send: (bytes) => { sockets[next++ % many]?.send(bytes); },
    close: () => { for (const socket of sockets) socket.close(); },
  };
}

/** Over UDP, from that loopback address. */
export async function openUdp(address: string, port: number, received: Received, broken: (error: Error) => void): Promise<Channel> {
  const socket = createSocket({ type: 'udp4', lookup: (name, _options, found) => { found(null, name, 4); } });
  const listening = once(socket, 'listening');
  socket.bind(0, address);
  await listening;
  socket.setRecvBufferSize(4 << 20);
  socket.on('message', (bytes) => { received(bytes.toString('latin1')); }).on('error', broken);
  return { address, port: socket.address().port, send: (bytes) => { socket.send(bytes, port, host); }, close: () => { socket.close(); } };
}

const channels: Readonly<Record<Transport, (port: number, received: Received, broken: (error: Error) => void) => Promise<Channel>>> = {
  udp: (port, received, broken) => openUdp(host, port, received, broken),

  async tcp(port, received, broken) {
    const socket = connect({ port, host, noDelay: true });
    await once(socket, 'connect');
    let rest = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      rest += text;
      let from = 0;
      socket.cork();
      // Answers to PUBLISH have no body.
      for (let end = rest.indexOf('\r\n\r\n'); end >= 0; end = rest.indexOf('\r\n\r\n', from)) {
        received(rest.slice(from, end + 4));
        from = end + 4;
      }
      socket.uncork();
      rest = rest.slice(from);
    });
    let closing = false;
    socket.on('error', broken).on('close', () => { if (!closing) broken(new Error('the server closed the connection')); });
    return { address: host, port: socket.localPort ?? 0, send: (bytes) => { socket.write(bytes); }, close: () => { closing = true; socket.destroy(); } };
  },

  async ws(port, received, broken) {
    const socket = new WebSocket(`ws://${host}:${port}`, 'sip', { perMessageDeflate: false });
    await once(socket, 'open');
    let closing = false;
    socket.on('message', (data) => { if (Buffer.isBuffer(data)) received(data.toString('latin1')); });
    socket.on('error', broken).on('close', () => { if (!closing) broken(new Error('the server closed the connection')); });
    // Masked in a copy: the bytes stay as they are.
    return { address: host, port, send: (bytes) => { socket.send(bytes, { binary: false }); }, close: () => { closing = true; socket.terminate(); } };
  },
};
