import { randomBytes } from 'node:crypto';
import { defaultLimits, parse } from '@nksip-ts/sip';
import { KnownChallenges } from '../../packages/core/src/digest/known-challenges.ts';
import { NksipError } from '../../packages/core/src/errors.ts';
import { ClientTable } from '../../packages/core/src/transaction/client-table.ts';
import { resolveTarget } from '../../packages/core/src/transport/resolve.ts';
import { systemResolver } from '../../packages/core/src/transport/resolver.ts';
import { cseqNumbers } from '../../packages/core/src/service/client-side.ts';
import { localEndMaker } from '../../packages/core/src/uac/local-end.ts';
import { createUac, type Uac } from '../../packages/core/src/uac/uac.ts';
import type { UacHost } from '../../packages/core/src/uac/uac-host.ts';
import { bytes } from '../kit/request-text.ts';
import { bind } from '../transport/sockets.ts';
import { loggerTo } from '../kit/loggers.ts';

export interface Client {
  readonly uac: Uac;
  readonly host: UacHost;
  /** What the client said at level debug. */
  readonly said: string[];
  stop(): Promise<void>;
}

const resolver = systemResolver();

/** The client side of a service called 'client1', over real sockets. Its timers run four times as fast as RFC 3261 has them. */
export async function startClient(change: Partial<UacHost> = {}, listen = 'sip:127.0.0.1:0'): Promise<Client> {
  const clients = new ClientTable();
  const said: string[] = [];
  const { transports, receiver } = await bind(listen);
  receiver.onMessage = ({ text, source }) => {
    const parsed = parse(bytes(text), defaultLimits, source.transport === 'udp' ? 'datagram' : 'stream');
    if (parsed.ok && !parsed.message.isRequest) clients.receive(parsed.message);
  };
  const host: UacHost = {
    id: 'client1', instance: 'urn:uuid:f81d4fae-7dec-81d0-a765-00a0c91e6bf6', identity: { from: 'sip:client1@nksip', route: [] }, localEnd: localEndMaker({}), timers: { t1: 125, t2: 1000 }, udpMaxSize: 1300, clients, challenges: new KnownChallenges(),
    log: loggerTo(({ level, message }) => { if (level === 'debug') said.push(message); }),
    resolve: (uri, over) => resolveTarget(uri, { transports: over === 'any' ? ['udp', 'tcp', 'tls'] : ['tcp', 'tls'], resolver, random: Math.random }),
    open: (target, use) => transports.open(target, use),
    nextCseq: cseqNumbers(),
    randomHex: (bytes) => randomBytes(bytes).toString('hex'),
    ...change,
  };
  const uac = createUac((service) => {
    const id = typeof service === 'string' ? service : service.id;
    if (id !== host.id) throw new NksipError('service_not_found', { service: id });
    return host;
  });
  const stop = async (): Promise<void> => {
    clients.close();
    await transports.close();
  };
  return { uac, host, said, stop };
}
