import { parse, type Message } from '@nksip-ts/sip';
import type { Source, TransportName } from './transport/transport.js';

/** Where an injected message pretends to come from. */
export interface InjectedFrom {
  readonly transport?: TransportName;
  readonly address?: string;
  readonly port?: number;
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
