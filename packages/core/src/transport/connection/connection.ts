import type { ConnectionMemory } from './memory.js';
import type { StreamTransport } from '../transport-facts.js';
import type { ReadBudget } from './read-budget.js';
import type { TransportOptions } from '../transport-options.js';
import type { Flow, Receiver, Source, TransportName } from '../transport.js';

/** One connection, accepted or opened: the source of its messages and the flow to its peer in one. */
export interface Connection extends Source, Flow {
  readonly transport: TransportName;
  readonly closed: Promise<void>;
  /** Whether something can still be sent. */
  readonly usable: boolean;
  /** Ends it, after what was written has gone out if the peer takes it soon. */
  close(): Promise<void>;
}

/** What a connection needs of those who own it. */
export interface ConnectionOwner {
  readonly options: TransportOptions;
  readonly receiver: Receiver;
  readonly memory: ConnectionMemory;
  readonly readBudget: ReadBudget;
  /** Tells a fault that peers can cause at will: once for as long as it goes on. `option`: the one whose bound is reached. */
  tell(reason: string, peer: Pick<Source, 'transport' | 'address' | 'port'>, option?: string): void;
  /** What peers do every day: a line at debug. */
  note(peer: Pick<Source, 'transport' | 'address' | 'port'>, what: string): void;
  /** A response whose connection is gone. */
  replyElsewhere(transport: StreamTransport, address: string, port: number, bytes: Uint8Array): void;
}

/** How long a connection that we opened for a response stays (ms), for the next responses to the same place. */
export const responseConnectionTime = 5000;

/** How long a peer may take to hear us out (ms) once we end a connection. */
export const lingerTime = 2000;
