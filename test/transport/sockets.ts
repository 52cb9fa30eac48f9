import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import { connect, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Context } from 'mocha';
import { MemoryAccount } from '@nksip-ts/core';
import { defaultLimits } from '@nksip-ts/sip';
import { parseListen } from '../../packages/core/src/transport/listen.ts';
import type { TransportOptions } from '../../packages/core/src/transport/transport-options.ts';
import type { TransportName } from '../../packages/core/src/transport/transport.ts';
import { Transports } from '../../packages/core/src/transport/transports.ts';
import { loadSystemCalls, type SystemCalls } from '../../packages/core/src/transport/udp/system-calls.ts';
import { Recorder } from './recorder.ts';

export interface Bench {
  readonly transports: Transports;
  readonly receiver: Recorder;
  readonly memory: MemoryAccount;
  readonly warnings: string[];
  /** Lines at debug. */
  readonly notes: string[];
  /** The next line of the log, at warn or info. */
  readonly nextLine: () => Promise<string>;
}

export const usual: TransportOptions = {
  udpBatch: 'auto', receiveBuffer: 4 * 1024 * 1024,
  maxConnections: 1000,
  maxConnectionsPerAddress: 1000,
  idleTimeout: 60_000,
  headTimeout: 32_000,
  connectTimeout: 10_000,
  maxBufferedBytes: 1024 * 1024,
  limits: defaultLimits,
  tls: { selfSigned: true, verify: true, requireClientCertificate: false },
  ws: { pingInterval: 0 },
};

const open: (() => unknown)[] = [];

let tests = 0;

/** Closes all that the test opened. */
export async function closeAll(): Promise<void> {
  tests++;
  for (const close of open.splice(0).reverse()) await close();
}

/** Waits for what tells nobody when it is so. */
export async function until(isSo: () => boolean): Promise<void> {
  for (const test = tests; !isSo() && test === tests;) await new Promise(setImmediate);
}

export function later(close: () => unknown): void {
  open.push(close);
}

export async function bind(listen: string, options: Partial<TransportOptions> = {}, maxMemory = 1024 ** 3): Promise<Bench> {
  const receiver = new Recorder();
  const memory = new MemoryAccount(maxMemory);
  const warnings: string[] = [];
  const notes: string[] = [];
  const lines = new EventEmitter();
  const log = {
    isLevelEnabled: () => true,
    debug: (_fields: object, message: string) => { notes.push(message); },
    warn: (_fields: object, message: string) => { warnings.push(message); lines.emit('line', message); },
    info: (_fields: object, message: string) => { lines.emit('line', message); },
  };
  const nextLine = async (): Promise<string> => String((await once(lines, 'line'))[0]);
  const transports = await Transports.bind(parseListen(listen), { ...usual, ...options }, receiver, memory, log);
  later(() => transports.close());
  return { transports, receiver, memory, warnings, notes, nextLine };
}

export function portOf({ transports }: Bench, transport: TransportName): number {
  const listener = transports.listeners.find((one) => one.transport === transport);
  if (listener === undefined) throw new Error(`nothing listens on ${transport}`);
  return listener.port;
}

export function listeningPort(server: Server): number {
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the server does not listen');
  return bound.port;
}

export async function udpClient(address = '127.0.0.1'): Promise<UdpSocket> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.bind(0, address);
  await once(socket, 'listening');
  later(() => socket.close());
  return socket;
}

export async function datagram(socket: UdpSocket): Promise<{ text: string; from: RemoteInfo }> {
  return new Promise((resolve) => {
    socket.once('message', (data, from) => resolve({ text: data.toString('latin1'), from }));
  });
}

export async function tcpClient(port: number, host = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host });
  later(() => socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** All that the peer sends until it ends the connection. */
export async function allOf(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString('latin1')));
  await once(socket, 'close');
  return text;
}

/** What the peer sends until it is as long as that. */
export async function someOf(socket: Socket, length: number): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (text.length >= length) resolve(text);
    });
    socket.once('close', () => reject(new Error(`closed after '${text}'`)));
  });
}

/** Skips, with the reason, on a machine without IPv6. */
export function needIpv6(context: Context): void {
  const has = Object.values(networkInterfaces()).some((entries) => entries?.some(({ address }) => address === '::1'));
  if (has) return;
  console.log('    skipped: this machine has no ::1');
  context.skip();
}

/** The calls by which datagrams go many at a time. Skips where there is no Linux, and where the tests run without koffi on purpose (test/kit/without-koffi.mjs). */
export async function needBatch(context: Context): Promise<SystemCalls> {
  if (process.platform === 'linux' && process.env['NODE_OPTIONS']?.includes('without-koffi') !== true) return loadSystemCalls();
  console.log('    skipped: datagrams by the batch take Linux and the package koffi');
  return context.skip();
}
