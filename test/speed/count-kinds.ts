// Counts what a service does for requests that one client sends one after the other: for `count-work.ts` and `count-register.ts`.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { Session } from 'node:inspector/promises';
import type { Service } from '@nksip-ts/core';
import type { Work } from './counted-work.ts';
import { bytesOf, stepsOf, stepsOfOne } from './counting.ts';

/** Requests of each kind, each for another address. */
const ROUNDS = 300;

/** A request of a kind for the address of this number; `response`: what the one of the kind before got, '' if there was none. */
export type RequestOf<K extends string> = (kind: K, address: number, response: string) => string;

/** One request after the other, and the response to each. */
async function exchange(socket: Socket, port: number, requests: readonly Buffer[]): Promise<Buffer[]> {
  const responses: Buffer[] = [];
  for (const request of requests) {
    socket.send(request, port, '127.0.0.1');
    const [response] = await once(socket, 'message') as [Buffer];
    responses.push(response);
  }
  return responses;
}

/** Counts each kind, in an order in which they can be done, and after the last of which the first can be done again; then stops the service. */
export async function countKinds<K extends string>(service: Service, kinds: readonly K[], requestOf: RequestOf<K>): Promise<Record<K, Work>> {
  const port = Number(/:(\d+);/.exec(service.addresses[0] ?? '')?.[1]);
  const floor = createSocket('udp4').bind(0, '127.0.0.1');
  floor.on('message', (bytes, from) => floor.send(Buffer.from(bytes.toString('latin1', 0, 350), 'latin1'), from.port, from.address));
  const client = createSocket('udp4').bind(0, '127.0.0.1');
  await Promise.all([once(floor, 'listening'), once(client, 'listening')]);
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');

  const none = new Array<string>(ROUNDS).fill('');
  const requestsOf = (kind: K, responses: readonly string[]): Buffer[] => responses.map((response, address) => Buffer.from(requestOf(kind, address, response)));
  /** Each kind for all addresses. `count` does the exchange once. */
  const lifecycle = async (count: (kind: K, requests: readonly Buffer[]) => Promise<readonly Buffer[]>): Promise<void> => {
    let responses: readonly string[] = none;
    for (const kind of kinds) responses = (await count(kind, requestsOf(kind, responses))).map((response) => response.toString('latin1'));
  };

  // For what is made once only; thrice, for then the table of finished transactions has its second slab, at which V8 collects garbage.
  for (let i = 0; i < 3; i++) await lifecycle((_, requests) => exchange(client, port, requests));
  const [first] = kinds;
  const floorRequests = first === undefined ? [] : requestsOf(first, none);
  await exchange(client, floor.address().port, floorRequests);
  const floorBytes = await bytesOf(() => exchange(client, floor.address().port, floorRequests));

  const bytes = new Map<K, number>();
  // The least of four: one count alone varies by up to 9 %.
  for (let i = 0; i < 4; i++) {
    await lifecycle(async (kind, requests) => {
      let responses: Buffer[] = [];
      const allocated = await bytesOf(async () => { responses = await exchange(client, port, requests); }) - floorBytes;
      bytes.set(kind, Math.min(bytes.get(kind) ?? Infinity, allocated));
      return responses;
    });
  }
  const work: Partial<Record<K, Work>> = {};
  await lifecycle(async (kind, requests) => {
    let responses: Buffer[] = [];
    const steps = await stepsOf(session, async () => { responses = await exchange(client, port, requests); });
    work[kind] = { bytes: Math.round((bytes.get(kind) ?? 0) / ROUNDS), steps: stepsOfOne(steps, ROUNDS) };
    return responses;
  });
  session.disconnect();
  floor.close();
  client.close();
  await service.stop();
  return work as Record<K, Work>;
}
