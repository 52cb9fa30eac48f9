import { responseConnectionTime, type Connection } from './connection.js';
import { Holding } from './memory.js';
import { targetKey, type Connections } from './connections.js';
import type { StreamTransport } from '../transport-facts.js';
import { transportError } from '../system-error.js';
import type { Target } from '../transport.js';
import { costOfMessage, maxMessages } from './unsent.js';

export type WayBack = Target & { readonly transport: StreamTransport };

/** What opens connections: responses and requests of ours to one place share one. */
export interface Opener {
  underWay(target: Target): Promise<Connection> | undefined;
  open(target: Target): Promise<Connection>;
}

/** RFC 3261 18.2.2: responses to peers whose own connection is gone, over connections that are opened for them. */
export class WaysBack {
  /** Responses that wait for their connection, by where it leads. */
  readonly #waiting = new Map<string, WaitingResponses>();
  /** Opened for responses and good for nothing else yet. */
  readonly #forResponses = new Set<Connection>();

  constructor(private readonly connections: Connections, private readonly opener: Opener) {}

  /** Over a connection that is there, or a new one. Without a place for that, or room to wait for it, the response is lost. */
  send(target: WayBack, bytes: Uint8Array): void {
    const there = this.connections.find(target);
    if (there !== undefined) return there.reply(bytes, target.address, target.port);
    const key = targetKey(target);
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) return waiting.add(bytes);
    const responses = new WaitingResponses(this.connections, target.transport);
    responses.add(bytes);
    this.#waiting.set(key, responses);
    this.#open(target)
      .then((connection) => { if (connection !== undefined) responses.leave(connection, target); })
      .catch((error: unknown) => this.connections.receiver.fault(transportError(target.transport, target.address, target.port, error)))
      .finally(() => {
        responses.end();
        this.#waiting.delete(key);
      });
  }

  /** A request of ours takes it over: it stays. */
  takeOver(connection: Connection): void {
    this.#forResponses.delete(connection);
  }

  /** It takes a place as if the peer had opened it; undefined: there is none. */
  async #open(target: WayBack): Promise<Connection | undefined> {
    const underWay = this.opener.underWay(target);
    if (underWay !== undefined) return underWay;
    const giveBack = this.connections.takePlace(target.transport, target.address, target.port);
    if (giveBack === undefined) return undefined;
    try {
      const connection = await this.opener.open(target);
      void connection.closed.then(giveBack);
      this.#closeSoon(connection);
      return connection;
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  #closeSoon(connection: Connection): void {
    this.#forResponses.add(connection);
    const timer = setTimeout(() => {
      if (this.#forResponses.has(connection)) void connection.close();
    }, responseConnectionTime);
    void connection.closed.then(() => {
      clearTimeout(timer);
      this.#forResponses.delete(connection);
    });
  }
}

/** They are bounded like what waits for a peer that does not read. */
class WaitingResponses {
  readonly #responses: Uint8Array[] = [];
  #bytes = 0;
  readonly #held: Holding;

  constructor(private readonly connections: Connections, private readonly transport: StreamTransport) {
    // Nothing is set aside for what has no connection yet.
    this.#held = new Holding(connections.memory.unsent, connections.memory, 0);
  }

  add(bytes: Uint8Array): void {
    const { length } = this.#responses;
    if (length > 0 && (length >= maxMessages || this.#bytes + bytes.length > this.connections.options.maxBufferedBytes)) return;
    const before = this.#held.bytes;
    if (!this.#held.set(before + bytes.length + costOfMessage(this.transport))) return void this.#held.set(before);
    this.#responses.push(bytes);
    this.#bytes += bytes.length;
  }

  leave(connection: Connection, { address, port }: WayBack): void {
    for (const bytes of this.#responses) connection.reply(bytes, address, port);
  }

  end(): void {
    this.#held.end();
  }
}
