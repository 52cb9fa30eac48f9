import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { NksipError } from '@nksip-ts/core';

/** What a promise rejects with: a NksipError, or the test fails. */
export async function faultOf(promise: Promise<unknown>): Promise<NksipError> {
  const outcome = await promise.then((value) => ({ value }), (error: unknown) => ({ error }));
  if ('error' in outcome && outcome.error instanceof NksipError) return outcome.error;
  throw new Error(`a NksipError was expected, not ${'error' in outcome ? String(outcome.error) : `the value ${String(outcome.value)}`}`);
}

/**
 * The system gives ports from 32768 up to whoever asks for port 0, thus one that was free a moment ago as well. These are below them, and
 * each process of `npm test` has its own.
 */
const ports = { first: 31_000 + 800 * (Number(process.env['MOCHA_WORKER_ID'] ?? 0) % 2), many: 800, next: process.pid };

/** A port that nobody has, for UDP and TCP at 127.0.0.1. */
export async function freePort(): Promise<number> {
  const port = ports.first + ports.next++ % ports.many;
  return await isFree(port) ? port : freePort();
}

/** Whether nobody listens on the port, neither UDP nor TCP. */
export async function isFree(port: number): Promise<boolean> {
  try {
    await (await occupy('udp', port))();
    await (await occupy('tcp', port))();
    return true;
  } catch {
    return false;
  }
}

/** Listens at 127.0.0.1; the function answered ends it. */
export async function occupy(transport: 'udp' | 'tcp', port: number): Promise<() => Promise<void>> {
  if (transport === 'udp') {
    const socket = createSocket('udp4');
    const listening = once(socket, 'listening');
    socket.bind({ port, address: '127.0.0.1', exclusive: true });
    await listening;
    return () => new Promise((resolve) => { socket.close(resolve); });
  }
  const server = createServer();
  const listening = once(server, 'listening');
  server.listen({ port, host: '127.0.0.1', exclusive: true });
  await listening;
  return () => new Promise((resolve) => { server.close(() => { resolve(); }); });
}
