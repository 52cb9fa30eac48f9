// A service whose sockets are arrays: `MemoryNetwork` stands where its transports would, so that all of the service runs on a fake clock.
import sinon from 'sinon';
import { NksipError } from '@nksip-ts/core';
import { wholeOf } from '../../packages/core/src/transport/head-and-body.ts';
import type { Flow, Receiver, Source, Target, TransportName } from '../../packages/core/src/transport/transport.ts';
import { Transports } from '../../packages/core/src/transport/transports.ts';
import { Watchers } from '../../packages/core/src/transport/watchers.ts';

/** Somebody whom the service can send something, and where that is. */
export interface Host {
  readonly transport: TransportName;
  readonly address: string;
  readonly port: number;
  /** What the service sends; it was sent even if it is lost on its way. */
  came(text: string): void;
  /** The service opens a connection to it, and sends over that from now on; false: it refuses. */
  accepts?(): boolean;
  /** The service looks for its connection, which is gone. */
  missed?(): void;
}

type Place = Pick<Target, 'transport' | 'address' | 'port'>;

const service = { localAddress: '192.0.2.1', localPort: 5060 };

/** All that is between one service and its peers. Nothing takes any time here. */
export class MemoryNetwork {
  readonly #hosts = new Map<string, { readonly host: Host; readonly watchers: Watchers }>();
  readonly #gone = new Map<string, Host>();
  #receiver: Receiver | undefined;

  /** The next service that starts is on this network. */
  static install(): MemoryNetwork {
    const network = new MemoryNetwork();
    const bind = sinon.stub(Transports, 'bind').callsFake((_points, _options, receiver) => {
      network.#receiver = receiver;
      bind.restore();
      return Promise.resolve(network.#transports as unknown as Transports);
    });
    return network;
  }

  /** A datagram can be sent to it from now on, or its connection is there. */
  join(host: Host): void {
    this.#hosts.set(keyOf(host), { host, watchers: new Watchers() });
  }

  has(host: Host): boolean {
    return this.#hosts.get(keyOf(host))?.host === host;
  }

  /** Its connection is gone. */
  cut(host: Host): void {
    const there = this.#hosts.get(keyOf(host));
    this.#hosts.delete(keyOf(host));
    this.#gone.set(keyOf(host), host);
    if (host.accepts !== undefined) this.join(host);
    there?.watchers.break(new NksipError('transport_error', { transport: host.transport, address: host.address, port: host.port, reason: 'it was cut' }));
  }

  /** A message from this host. */
  send(host: Place, text: string): void {
    const source: Source = { ...placeOf(host), ...service, reply: (bytes, address, port) => { this.#deliver({ transport: host.transport, address, port }, bytes); } };
    this.#receiver?.message(Buffer.from(text), source);
  }

  readonly #transports = {
    listeners: [{ transport: 'udp', address: service.localAddress, port: service.localPort, uri: 'sip:192.0.2.1:5060;transport=udp' }],
    back: (to: Place): Flow | undefined => {
      if (to.transport === 'udp' || this.#hosts.has(keyOf(to))) return this.#flow(to);
      this.#gone.get(keyOf(to))?.missed?.();
      return undefined;
    },
    open: async (to: Place): Promise<Flow> => {
      if (to.transport === 'udp' || this.#hosts.get(keyOf(to))?.host.accepts?.() === true) return this.#flow(to);
      throw new NksipError('transport_error', { ...placeOf(to), reason: 'nobody listens there' });
    },
    stopAccepting: (): void => undefined, whenAllIsRead: (): Promise<void> => Promise.resolve(), close: (): Promise<void> => Promise.resolve(),
  };

  #flow(to: Place): Flow {
    return {
      transport: to.transport, ...service, isUsed: true,
      send: (bytes) => { this.#deliver(to, wholeOf(bytes)); },
      watch: (user) => { this.#hosts.get(keyOf(to))?.watchers.add(user); },
      unwatch: (user) => { this.#hosts.get(keyOf(to))?.watchers.delete(user); },
      release: () => undefined,
    };
  }

  #deliver(to: Place, bytes: Uint8Array): void {
    this.#hosts.get(keyOf(to))?.host.came(Buffer.from(bytes).toString('latin1'));
  }
}

function placeOf({ transport, address, port }: Place): Place {
  return { transport, address, port };
}

function keyOf({ transport, address, port }: Place): string {
  return `${transport} ${address} ${port}`;
}
