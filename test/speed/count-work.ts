// Counts what a service does for a PUBLISH of each kind, and prints it as JSON, a Record<Kind, Work>. How to run it: counted-work.ts.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { Session } from 'node:inspector/promises';
import { start } from '@nksip-ts/core';
import '@nksip-ts/event-compositor';
import { fresh, publishText } from '../kit/request-text.ts';
import { kinds, type Kind, type Work } from './counted-work.ts';
import { bytesOf, stepsOf, stepsOfOne } from './counting.ts';

/** Requests of each kind. */
const ROUNDS = 300;

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

/** `tags`: one for each request, from the responses to the initial ones. */
function requestsOf(kind: Kind, tags: readonly string[]): Buffer[] {
  const content = kind === 'initial' || kind === 'modify' ? { headers: ['Content-Type: application/pidf+xml'], body: 'x'.repeat(386) } : {};
  return tags.map((etag, i) => Buffer.from(publishText({
    uri: `sip:user${i}@example.com`, via: [`SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK${fresh('branch')};rport`], event: 'presence', expires: kind === 'remove' ? 0 : 3600, ...(kind !== 'initial' && { etag }), ...content,
  })));
}

function tagOf(response: Buffer): string {
  const [, tag] = /^SIP\/2\.0 200 .*\r\nSIP-ETag: (\S+)/s.exec(response.toString('latin1')) ?? [];
  if (tag === undefined) throw new Error(`The answer should have been a 200 with a tag, not:\n${response.toString('latin1')}`);
  return tag;
}

/** Initial, refresh, modify, remove, each for all addresses. `count` does the exchange once. */
async function lifecycle(count: (kind: Kind, requests: readonly Buffer[]) => Promise<readonly Buffer[]>): Promise<void> {
  let tags = new Array<string>(ROUNDS).fill('');
  for (const kind of kinds) tags = (await count(kind, requestsOf(kind, tags))).map(tagOf);
}

const service = await start('counted', { plugins: ['event-compositor'], sip_listen: 'sip:127.0.0.1:0;transport=udp', sip_events: 'presence', log_level: 'error' });
const port = Number(/:(\d+);/.exec(service.addresses[0] ?? '')?.[1]);
const floor = createSocket('udp4').bind(0, '127.0.0.1');
floor.on('message', (bytes, from) => floor.send(Buffer.from(bytes.toString('latin1', 0, 350), 'latin1'), from.port, from.address));
const client = createSocket('udp4').bind(0, '127.0.0.1');
await Promise.all([once(floor, 'listening'), once(client, 'listening')]);
const session = new Session();
session.connect();
await session.post('Profiler.enable');

// For what is made once only; thrice, for then the table of finished transactions has its second slab, at which V8 collects garbage.
for (let i = 0; i < 3; i++) await lifecycle((_, requests) => exchange(client, port, requests));
const floorRequests = requestsOf('initial', new Array<string>(ROUNDS).fill(''));
await exchange(client, floor.address().port, floorRequests);
const floorBytes = await bytesOf(() => exchange(client, floor.address().port, floorRequests));

const bytes = new Map<Kind, number>();
// The least of four: one count alone varies by up to 9 %.
for (let i = 0; i < 4; i++) {
  await lifecycle(async (kind, requests) => {
    let responses: Buffer[] = [];
    const allocated = await bytesOf(async () => { responses = await exchange(client, port, requests); }) - floorBytes;
    bytes.set(kind, Math.min(bytes.get(kind) ?? Infinity, allocated));
    return responses;
  });
}
const work: Partial<Record<Kind, Work>> = {};
await lifecycle(async (kind, requests) => {
  let responses: Buffer[] = [];
  const steps = await stepsOf(session, async () => { responses = await exchange(client, port, requests); });
  work[kind] = { bytes: Math.round((bytes.get(kind) ?? 0) / ROUNDS), steps: stepsOfOne(steps, ROUNDS) };
  return responses;
});
process.stdout.write(`${JSON.stringify(work)}\n`);
session.disconnect();
floor.close();
client.close();
await service.stop();
