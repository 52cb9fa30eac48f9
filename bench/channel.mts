/** The generator's end of each transport. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as secure } from 'node:tls';
import { WebSocket } from 'ws';
import type { Transport } from './contenders.mts';
import { field } from './response.mts';

export interface Channel {
  /** Both of the Via. */
  readonly address: string;
  readonly port: number;
  /** The bytes must stay as they are until they are answered. */
  send(bytes: Uint8Array): void;
  traffic(): Traffic;
  close(): void;
}

/** Bytes so far, with those of TLS and WebSocket, without the headers of TCP or UDP and below. */
export interface Traffic {
  readonly sent: number;
  readonly received: number;
}

type Received = (text: string) => void;
type Broken = (error: Error) => void;

const host = '127.0.0.1';

/** `received` is given one message at a time; a connection that breaks is told to `broken`. */
export async function openChannel(transport: Transport, port: number, received: Received, broken: Broken): Promise<Channel> {
  return await channels[transport](port, received, broken);
}

/** So many connections, or ports over UDP, which send in turn: a server answers where a request came from (RFC 3581), whatever its Via has. */
export async function openChannels(transport: Transport, port: number, many: number, received: Received, broken: Broken): Promise<Channel> {
  const first = await openChannel(transport, port, received, broken);
  const all = [first];
  while (all.length < many) all.push(await openChannel(transport, port, received, broken));
  let turn = 0;
  return {
    address: first.address, port: first.port,
    send: (bytes) => { all[turn++ % many]?.send(bytes); },
    traffic: () => addedUp(all),
    close: () => { for (const channel of all) channel.close(); },
  };
}

export function addedUp(all: readonly Pick<Channel, 'traffic'>[]): Traffic {
  const each = all.map((channel) => channel.traffic());
  return { sent: each.reduce((sum, { sent }) => sum + sent, 0), received: each.reduce((sum, { received }) => sum + received, 0) };
}

/** Over UDP, from that loopback address. */
export async function openUdp(address: string, port: number, received: Received, broken: Broken): Promise<Channel> {
  const socket = createSocket({ type: 'udp4', lookup: (name, _options, found) => { found(null, name, 4); } });
  const listening = once(socket, 'listening');
  socket.bind(0, address);
  await listening;
  socket.setRecvBufferSize(4 << 20);
  const traffic = { sent: 0, received: 0 };
  socket.on('message', (bytes) => {
    traffic.received += bytes.length;
    received(bytes.toString('latin1'));
  }).on('error', broken);
  return {
    address, port: socket.address().port, traffic: () => ({ ...traffic }), close: () => { socket.close(); },
    send: (bytes) => {
      traffic.sent += bytes.length;
      socket.send(bytes, port, host);
    },
  };
}

const channels: Readonly<Record<Transport, (port: number, received: Received, broken: Broken) => Promise<Channel>>> = {
  udp: (port, received, broken) => openUdp(host, port, received, broken),

  async tcp(port, received, broken) {
    const socket = connect({ port, host, noDelay: true });
    await once(socket, 'connect');
    return overStream(socket, socket, received, broken);
  },

  async tls(port, received, broken) {
    const raw = connect({ port, host, noDelay: true });
    // The server makes its certificate itself.
    const socket = secure({ socket: raw, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    return overStream(socket, raw, received, broken);
  },

  async ws(port, received, broken) {
    const raw = connect({ port, host, noDelay: true });
    const socket = new WebSocket(`ws://${host}:${port}`, 'sip', { perMessageDeflate: false, createConnection: () => raw });
    await once(socket, 'open');
    let closing = false;
    socket.on('message', (data) => { if (Buffer.isBuffer(data)) received(data.toString('latin1')); });
    socket.on('error', broken).on('close', () => { if (!closing) broken(new Error('the server closed the connection')); });
    // Masked in a copy: the bytes stay as they are.
    return { address: host, port, send: (bytes) => { socket.send(bytes, { binary: false }); }, traffic: () => trafficOf(raw), close: () => { closing = true; socket.terminate(); } };
  },
};

/** `raw`: below the encryption. */
function overStream(socket: Socket, raw: Socket, received: Received, broken: Broken): Channel {
  let rest = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    rest += text;
    socket.cork();
    rest = rest.slice(readMessages(rest, received));
    socket.uncork();
  });
  let closing = false;
  socket.on('error', broken).on('close', () => { if (!closing) broken(new Error('the server closed the connection')); });
  return { address: host, port: raw.localPort ?? 0, send: (bytes) => { socket.write(bytes); }, traffic: () => trafficOf(raw), close: () => { closing = true; socket.destroy(); } };
}

/** Where the last message ends that has come as a whole. */
function readMessages(text: string, received: Received): number {
  let from = 0;
  for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n', from)) {
    const next = end + 4 + Number(field(text.slice(from, end + 2), 'Content-Length'));
    if (next > text.length) break;
    received(text.slice(from, next));
    from = next;
  }
  return from;
}

function trafficOf(raw: Socket): Traffic {
  return { sent: raw.bytesWritten, received: raw.bytesRead };
}
