import { setTimeout as wait } from 'node:timers/promises';
import { responseTo } from '../notify.mts';
import { field } from '../response.mts';
import { percentile } from '../statistics.mts';
import { neighbour, type Report } from './neighbour.mts';
import { subscribe } from './requests.mts';
import { openSocket } from './socket.mts';

export interface WatchedReport extends Report {
  readonly watcher: {
    /** SUBSCRIBEs without a 2xx, NOTIFYs that came again, and subscriptions that the server ended. */
    readonly refused: number;
    readonly repeated: number;
    readonly ended: number;
    /** Changes of which the watcher was told neither the state nor a newer one. */
    readonly missed: number;
    /** Milliseconds from the first sending of a change until the watcher was told its state or a newer one. */
    readonly p50: number;
    readonly p99: number;
    readonly max: number;
  };
}

/** Milliseconds after which a SUBSCRIBE is sent again, and for which the last change is waited for. */
const AGAIN = 500;
const LAST = 5000;

/** The neighbour modifies one publication 20 times a second, and somebody at another address watches it. Both over UDP. */
export async function watchedNeighbour(port: number, seconds: number): Promise<WatchedReport> {
  const watcher = new Watcher(port);
  await watcher.begin('127.0.0.4');
  const report = await neighbour('127.0.0.3', port, 20, seconds, 'modifies', (version) => { watcher.changed(version); });
  for (const end = performance.now() + LAST; watcher.missed > 0 && performance.now() < end;) await wait(50);
  return { ...report, watcher: watcher.end() };
}

/** He subscribes again when his subscription is refused or ended, and answers every NOTIFY. */
class Watcher {
  #send: (text: string | Buffer) => void = () => undefined;
  #close: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #callId = '';
  #sequence = -1;
  #counts = { refused: 0, repeated: 0, ended: 0 };
  /** When each change was sent that he does not know of yet, by version. */
  readonly #changes = new Map<number, number>();
  readonly #times: number[] = [];

  constructor(private readonly port: number) {}

  get missed(): number {
    return this.#changes.size;
  }

  async begin(address: string): Promise<void> {
    const socket = await openSocket(address);
    socket.on('message', (bytes) => { this.#receive(bytes.toString('latin1'), () => { this.#subscribe(address, socket.address().port); }); });
    this.#send = (text) => { socket.send(text, this.port, '127.0.0.1'); };
    this.#close = () => { socket.close(); };
    this.#subscribe(address, socket.address().port);
  }

  changed(version: number): void {
    this.#changes.set(version, performance.now());
  }

  end(): WatchedReport['watcher'] {
    clearTimeout(this.#timer);
    this.#close();
    this.#times.sort((one, other) => one - other);
    const at = (share: number): number => Number(percentile(this.#times, share).toFixed(2));
    return { ...this.#counts, missed: this.missed, p50: at(0.5), p99: at(0.99), max: at(1) };
  }

  #subscribe(address: string, port: number): void {
    const request = subscribe(address, port, { watched: 'neighbour', watcher: 'friend' });
    this.#callId = field(request.toString('latin1'), 'Call-ID');
    this.#sequence = -1;
    clearInterval(this.#timer);
    this.#send(request);
    this.#timer = setInterval(() => { this.#send(request); }, AGAIN);
  }

  #receive(text: string, again: () => void): void {
    if (text.startsWith('NOTIFY ')) this.#send(responseTo(text));
    if (field(text, 'Call-ID') !== this.#callId) return;
    if (text.startsWith('NOTIFY ')) this.#notified(text, again);
    else {
      clearInterval(this.#timer);
      if (text.startsWith('SIP/2.0 200 ')) return;
      this.#counts.refused++;
      this.#timer = setTimeout(again, 1000);
    }
  }

  #notified(text: string, again: () => void): void {
    const sequence = Number.parseInt(field(text, 'CSeq'));
    if (sequence <= this.#sequence) {
      this.#counts.repeated++;
      return;
    }
    this.#sequence = sequence;
    const known = Math.max(-1, ...[...text.matchAll(/version (\d+)/g)].map(([, version]) => Number(version)));
    for (const [version, sent] of this.#changes) {
      if (version > known) continue;
      this.#changes.delete(version);
      this.#times.push(performance.now() - sent);
    }
    if (!field(text, 'Subscription-State').startsWith('terminated')) return;
    this.#counts.ended++;
    again();
  }
}
