import { once } from 'node:events';
import type { Socket } from 'node:net';
import { WebSocket, type ClientOptions, type RawData } from 'ws';
import { later, portOf, tcpClient, type Bench } from './sockets.ts';

export interface ClientHow {
  readonly protocols?: string | readonly string[];
  readonly options?: ClientOptions;
  readonly secure?: boolean;
}

/** A client that is connecting. */
export function dial(bench: Bench, { protocols = 'sip', options = {}, secure = false }: ClientHow = {}): WebSocket {
  const url = `${secure ? 'wss' : 'ws'}://127.0.0.1:${portOf(bench, secure ? 'wss' : 'ws')}`;
  const client = new WebSocket(url, typeof protocols === 'string' ? protocols : [...protocols], { rejectUnauthorized: false, ...options });
  client.on('error', () => undefined);
  later(() => client.terminate());
  return client;
}

/** A client that is connected. */
export async function wsClient(bench: Bench, how: ClientHow = {}): Promise<WebSocket> {
  const client = dial(bench, how);
  await once(client, 'open');
  return client;
}

/** The status code of the HTTP response that refuses a client. */
export async function refusal(client: WebSocket): Promise<number> {
  return new Promise((resolve, reject) => {
    client.once('unexpected-response', (_request, { statusCode }) => resolve(statusCode ?? 0));
    client.once('open', () => reject(new Error('the client was taken')));
  });
}

export interface WsMessage {
  readonly text: string;
  readonly isBinary: boolean;
}

/** The next message that the client gets. */
export function nextMessage(client: WebSocket): Promise<WsMessage> {
  return new Promise((resolve) => {
    client.once('message', (data: RawData, isBinary) => resolve({ text: Buffer.isBuffer(data) ? data.toString('latin1') : '', isBinary }));
  });
}

/** The code with which the server ends it; 1006 if without a word. */
export async function closeCode(client: WebSocket): Promise<number> {
  return new Promise((resolve) => void client.once('close', (code) => resolve(code)));
}

export const upgradeRequest = [
  'GET / HTTP/1.1', 'Host: 127.0.0.1', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Protocol: sip', '', '',
].join('\r\n');

/** A connection upgraded, for frames made by hand. */
export async function rawClient(bench: Bench): Promise<Socket> {
  const socket = await tcpClient(portOf(bench, 'ws'));
  socket.setNoDelay(true);
  const answered = once(socket, 'data');
  socket.write(upgradeRequest);
  const [head] = (await answered) as [Buffer];
  if (!head.toString().startsWith('HTTP/1.1 101')) throw new Error(head.toString());
  return socket;
}

/** A masked frame as a client sends it; the mask is all zeros. `payload` has at most 65,535 bytes. */
export function frame(opcode: number, payload: string, isFinal = true): Buffer {
  const data = Buffer.from(payload, 'latin1');
  const length = data.length < 126 ? [0x80 | data.length] : [0x80 | 126, data.length >> 8, data.length & 0xff];
  return Buffer.concat([Buffer.from([(isFinal ? 0x80 : 0) | opcode, ...length, 0, 0, 0, 0]), data]);
}

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
