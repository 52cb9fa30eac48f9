/** The connections of those who attack; what the server does to them is no error here. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectSecure, type TLSSocket } from 'node:tls';

const host = '127.0.0.1';

/** One of several addresses: the limit for one is 1,000 connections. */
export function addressOf(index: number): string {
  return `127.0.1.${1 + (index % 200)}`;
}

/** Connected; undefined where it was refused. */
export async function dialTcp(port: number, from: string): Promise<Socket | undefined> {
  const socket = connect({ port, host, localAddress: from, noDelay: true });
  return await ready(socket, 'connect') ? socket : undefined;
}

/** Connected and secured, with what is below it. */
export async function dialTls(port: number, from: string): Promise<{ readonly below: Socket; readonly socket: TLSSocket } | undefined> {
  const below = await dialTcp(port, from);
  if (below === undefined) return undefined;
  const socket = connectSecure({ socket: below, rejectUnauthorized: false });
  return await ready(socket, 'secureConnect') ? { below, socket } : undefined;
}

export const upgradeRequest = [
  'GET / HTTP/1.1', 'Host: 127.0.0.1', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Protocol: sip', '', '',
].join('\r\n');

/** Makes a WebSocket of a connection, for frames made by hand. */
export async function upgraded<T extends Socket>(socket: T | undefined): Promise<T | undefined> {
  if (socket === undefined) return undefined;
  socket.write(upgradeRequest);
  return await ready(socket, 'data') ? socket : undefined;
}

export const opcodes = { continuation: 0, text: 1, ping: 9 } as const;

/** A masked frame with at most 125 bytes; the mask is all zeros. */
export function frame(opcode: number, payload: string, isFinal = true): Buffer {
  const data = Buffer.from(payload, 'latin1');
  return Buffer.concat([Buffer.from([(isFinal ? 0x80 : 0) | opcode, 0x80 | data.length, 0, 0, 0, 0]), data]);
}

/** Writes the same bytes for as long as the peer takes them, or until it is so many. */
export function pour(socket: Socket, bytes: Buffer, enough = Infinity): void {
  let left = enough;
  const more = (): void => {
    left -= bytes.length;
    if (socket.writable && left > 0) socket.write(bytes, (error) => { if (!error) setImmediate(more); });
  };
  more();
}

/** Whether it came to `event` before its end. */
async function ready(socket: Socket, event: string): Promise<boolean> {
  socket.on('error', () => undefined);
  return await Promise.race([once(socket, event).then(() => true, () => false), once(socket, 'close').then(() => false, () => false)]);
}
