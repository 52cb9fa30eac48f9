import { setImmediate } from 'node:timers/promises';
import { reasonOf } from '../../errors.js';
import type { Logger } from '../../log/log.js';
import { boundSocket } from './batch-socket.js';
import { Batches, receiveBatch } from './batches.js';
import { portIn, socketAddressSize } from './socket-address.js';
import { loadSystemCalls, systemError, type SystemCalls } from './system-calls.js';

let loaded: Promise<Batches | undefined> | undefined;

/** Undefined where datagrams have to go one by one, which is logged once. */
export function loadBatches(log: Pick<Logger, 'debug'>): Promise<Batches | undefined> {
  return (loaded ??= loadSystemCalls().then(tried).catch((error: unknown) => {
    log.debug({ err: error }, `datagrams are received and sent one by one, since the calls for many are not there: ${reasonOf(error)}`);
    return undefined;
  }));
}

/** By these calls of the system. Rejects where they do not do what they should. */
export async function tried(calls: SystemCalls): Promise<Batches> {
  const batches = new Batches(calls);
  try {
    await tryOn(batches);
  } catch {
    // Linux before 4.18 sends as one datagram what it should cut.
    batches.joinUpTo(0);
    await tryOn(batches);
  }
  return batches;
}

/**
 * The tables of these calls are laid out by hand: a socket sends itself datagrams, and all is to arrive as it was sent, within so many turns of
 * the event loop. Rejects where it does not.
 */
export async function tryOn(batches: Batches, mostTurns = 1000): Promise<void> {
  const address = '127.0.0.1';
  const fd = boundSocket(batches.calls, address, 0);
  try {
    const port = portOfSocket(batches.calls, fd);
    const sent = [1, 1_300, 1_300, 1_300, 900, 60_000].map((size, i) => ({ bytes: Buffer.alloc(size, i + 1), address, port }));
    const received: Sent[] = [];
    const taken = batches.send(fd, sent, (_, error) => { throw error; });
    for (let turn = 0; turn < mostTurns && received.length < taken; turn++) {
      batches.receive(fd, receiveBatch, (bytes, from, fromPort) => received.push({ bytes: Buffer.from(bytes), address: from, port: fromPort }));
      await setImmediate();
    }
    if (!isSame(sent, received)) throw new Error('what a socket sent to itself did not arrive as it was sent');
  } finally {
    batches.calls.close(fd);
  }
}

/** Throws the error of the system. */
export function portOfSocket(calls: SystemCalls, fd: number): number {
  const name = Buffer.alloc(socketAddressSize[6]);
  const size = Buffer.from(Uint32Array.of(name.length).buffer);
  if (calls.getsockname(fd, name, size) < 0) throw systemError('getsockname', calls.lastError());
  return portIn(name, 0);
}

interface Sent {
  readonly bytes: Buffer;
  readonly address: string;
  readonly port: number;
}

function isSame(sent: readonly Sent[], received: readonly Sent[]): boolean {
  return sent.length === received.length
    && sent.every((one, i) => received[i]?.bytes.equals(one.bytes) === true && received[i].address === one.address && received[i].port === one.port);
}
