import { isIP } from 'node:net';
import { parse, type Message } from '@nksip-ts/sip';
import { z } from 'zod';
import type { SipResponse } from '../callback/request.js';
import { NksipError } from '../errors.js';
import { transportNames } from '../transport/transport-facts.js';
import type { Source, TransportName } from '../transport/transport.js';
import { responseOf } from '../uac/results.js';

/** Where an injected message pretends to come from. */
export interface InjectedFrom {
  readonly transport?: TransportName;
  readonly address?: string;
  readonly port?: number;
}

const sender = z.strictObject({
  transport: z.enum(transportNames).exactOptional(),
  address: z.string().refine((text) => isIP(text) !== 0).exactOptional(),
  port: z.int().min(1).max(65_535).exactOptional(),
});

/** Throws `invalid_argument`. */
function senderOf(from: unknown): InjectedFrom {
  const { success, data } = sender.safeParse(from);
  if (success) return data;
  throw new NksipError('invalid_argument', { argument: 'from', given: from, reason: "write { transport: 'udp', address: '127.0.0.1', port: 5060 }, or a part of it" });
}

/** Throws `invalid_argument`. */
function bytesOf(message: unknown): Uint8Array {
  if (typeof message === 'string') return Buffer.from(message);
  if (message instanceof Uint8Array) return message;
  throw new NksipError('invalid_argument', { argument: 'bytes', given: message, reason: 'write a text or a Uint8Array' });
}

/** A way back that leads to the caller instead of to a socket. */
export class InjectedSource implements Source {
  readonly transport: TransportName;
  readonly address: string;
  readonly port: number;
  readonly localAddress = '127.0.0.1';
  readonly localPort = 5060;

  constructor(from: InjectedFrom, private readonly onFinal: (response: Message) => void) {
    this.transport = from.transport ?? 'udp';
    this.address = from.address ?? '127.0.0.1';
    this.port = from.port ?? 5060;
  }

  reply(bytes: Uint8Array): void {
    const parsed = parse(bytes);
    if (parsed.ok && parsed.message.status >= 200) this.onFinal(parsed.message);
  }
}

/** The injected requests of one service that wait for their response. */
export class InjectedRequests {
  readonly #underWay = new Set<() => void>();

  /** `take` gets the message, and tells whether a response is or will be sent; `patience`: milliseconds after which none is. */
  async inject(bytes: unknown, from: unknown, patience: number, take: (bytes: Uint8Array, source: Source) => boolean): Promise<SipResponse | undefined> {
    const [message, sender]: [Uint8Array, InjectedFrom] = [bytesOf(bytes), senderOf(from)];
    return await new Promise((resolve) => {
      const settle = (response?: Message): void => {
        clearTimeout(deadline);
        this.#underWay.delete(settle);
        resolve(response === undefined ? undefined : responseOf(response));
      };
      const deadline = setTimeout(settle, patience);
      this.#underWay.add(settle);
      if (!take(message, new InjectedSource(sender, settle))) settle();
    });
  }

  /** Each ends without a response. */
  close(): void {
    for (const settle of [...this.#underWay]) settle();
  }
}
