import { setTimeout as wait } from 'node:timers/promises';
import { percentile } from '../statistics.mts';
import { noted, publish, type Parts } from './requests.mts';
import { openSocket } from './socket.mts';

export interface Report {
  readonly sent: number;
  readonly ok: number;
  /** Without any 200 at all, retransmissions counted in. */
  readonly lost: number;
  readonly refused: number;
  /** Requests that had to be sent again (RFC 3261 17.1.2.2: after T1, 2*T1 and so on up to T2). */
  readonly repeated: number;
  /** Milliseconds from the first sending to the answer. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

interface Open { readonly began: number; readonly timer: NodeJS.Timeout }

/** What he publishes: something new each time, or one publication that he refreshes or modifies. */
export type Habit = 'publishes' | 'refreshes' | 'modifies';

/**
 * Somebody who behaves: `rate` PUBLISHes a second from `address` for so many seconds, sent again as RFC 3261 has it, up to 32 s. One who modifies
 * notes `version N` in the document, and tells N to `changes` when he sends it for the first time.
 */
export async function neighbour(address: string, port: number, rate: number, seconds: number, habit: Habit = 'publishes', changes: (version: number) => void = () => undefined): Promise<Report> {
  const socket = await openSocket(address);
  const own = socket.address().port;
  const open = new Map<string, Open>();
  const times: number[] = [];
  let [sent, refused, repeated, lost] = [0, 0, 0, 0];
  let stored: Parts | undefined;
  socket.on('message', (bytes) => {
    const text = bytes.toString('latin1');
    const id = callId(text);
    const one = open.get(id);
    if (one === undefined) return;
    clearTimeout(one.timer);
    open.delete(id);
    if (text.startsWith('SIP/2.0 200 ')) times.push(performance.now() - one.began);
    else refused++;
    const etag = /^SIP-ETag: (.*)$/m.exec(text)?.[1];
    if (etag !== undefined) stored ??= { from: 'neighbour', etag, body: '' };
  });
  const send = (bytes: Buffer, id: string, began: number, interval: number): void => {
    socket.send(bytes, port, '127.0.0.1');
    const timer = setTimeout(() => {
      if (performance.now() - began > 32_000) lost += Number(open.delete(id));
      else {
        repeated++;
        send(bytes, id, began, Math.min(2 * interval, 4000));
      }
    }, interval);
    open.set(id, { began, timer });
  };
  for (const end = performance.now() + 1000 * seconds; performance.now() < end; await wait(1000 / rate)) {
    const bytes = publish(address, own, partsOf(habit, sent, stored));
    if (habit === 'modifies') changes(sent);
    send(bytes, callId(bytes.toString('latin1')), performance.now(), 500);
    sent++;
  }
  while (open.size > 0) await wait(100);
  socket.close();
  times.sort((one, other) => one - other);
  return { sent, ok: times.length, lost, refused, repeated, p50: rounded(times, 0.5), p99: rounded(times, 0.99), max: rounded(times, 1) };
}

function partsOf(habit: Habit, version: number, stored: Parts | undefined): Parts {
  if (habit === 'publishes') return { from: `neighbour-${version}` };
  return { from: 'neighbour', ...stored, ...(habit === 'modifies' && { body: noted('neighbour', `version ${version}`) }) };
}

function callId(text: string): string {
  return /^Call-ID: (.*)$/m.exec(text)?.[1] ?? '';
}

function rounded(sorted: readonly number[], share: number): number {
  return Number(percentile(sorted, share).toFixed(2));
}
