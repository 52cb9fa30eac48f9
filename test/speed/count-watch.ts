// Counts what a service does for a SUBSCRIBE with its first NOTIFY, and for a NOTIFY of a change, and prints it as JSON, a CountedWatch. How to run it: counted-work.ts.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Session } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';
import { start } from '@nksip-ts/core';
import '@nksip-ts/event-compositor';
import '@nksip-ts/event-notifier';
import { fresh, publishText, requestText } from '../kit/request-text.ts';
import { watchKinds, type WatchKind, type Work } from './counted-work.ts';
import { bytesOf, stepsOf, stepsOfOne } from './counting.ts';
import type { Exchange } from './watch-client.ts';

/** Watched addresses, and the watchers of each. */
const ADDRESSES = 30, WATCHERS = 10;

const uriOf = (address: number): string => `sip:user${address}@example.com`;
const viaOf = (port: number): string => `SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${fresh('branch')};rport`;
const document = (note: string): string => '<?xml version="1.0" encoding="UTF-8"?>\n<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:user@example.com">\n'
  + `<tuple id="t1"><status><basic>open</basic></status><note>${note.padEnd(200, '.')}</note></tuple>\n</presence>\n`;

function publishOf(address: number, port: number, etag: string | undefined): string {
  const body = document(fresh('note'));
  return publishText({ uri: uriOf(address), via: [viaOf(port)], event: 'presence', expires: 3600, ...(etag !== undefined && { etag }), headers: ['Content-Type: application/pidf+xml'], body });
}

function subscribeOf(address: number, port: number): string {
  const watcher = fresh('watcher');
  return requestText({
    method: 'SUBSCRIBE', uri: uriOf(address), via: [viaOf(port)], to: `<${uriOf(address)}>`, from: `<sip:${watcher}@example.com>;tag=${watcher}`,
    headers: [`Contact: <sip:${watcher}@127.0.0.1:${port}>`, 'Event: presence', 'Accept: application/pidf+xml', 'Expires: 3600'],
  });
}

function tagOf(response: string): string {
  const [, tag] = /^SIP\/2\.0 200 .*\r\nSIP-ETag: (\S+)/s.exec(response) ?? [];
  if (tag === undefined) throw new Error(`The answer should have been a 200 with a tag, not:\n${response}`);
  return tag;
}

const service = await start('counted', {
  plugins: ['event-compositor', 'event-notifier'], sip_listen: 'sip:127.0.0.1:0;transport=udp', sip_events: 'presence', log_level: 'error',
  sip_event_notifier_default_decision: 'allow', sip_event_notifier_min_interval: 0,
});
const port = Number(/:(\d+);/.exec(service.addresses[0] ?? '')?.[1]);
const client = fork(fileURLToPath(new URL('watch-client.ts', import.meta.url)));
const [clientPort] = await once(client, 'message') as [number];
const session = new Session();
session.connect();
await session.post('Profiler.enable');

/** `messages`: that each request brings. */
async function exchange(requests: readonly string[], messages: number): Promise<string[]> {
  client.send({ requests, port, messages } satisfies Exchange);
  const [responses] = await once(client, 'message') as [string[]];
  return responses;
}

const addresses = Array.from({ length: ADDRESSES }, (_, address) => address);
let tags: (string | undefined)[] = addresses.map(() => undefined);
const changes = (): string[] => addresses.map((address) => publishOf(address, clientPort, tags[address]));
/** The first of an address that is watched; `strangers` are watched by others, so that a change of ours has ten NOTIFYs all the time. */
let strangers = 0;
const subscriptions = (from: number): string[] => Array.from({ length: ADDRESSES * WATCHERS }, (_, i) => subscribeOf(from + Math.floor(i / WATCHERS), clientPort));

const rounds: Readonly<Record<WatchKind, { requests(): string[]; run(requests: readonly string[]): Promise<void> }>> = {
  subscribe: {
    requests: () => subscriptions(strangers += ADDRESSES),
    run: async (requests) => { await exchange(requests, 2); },
  },
  notify: {
    requests: changes,
    run: async (requests) => { tags = (await exchange(requests, 1 + WATCHERS)).map(tagOf); },
  },
};

tags = (await exchange(changes(), 1)).map(tagOf);
await exchange(subscriptions(0), 2);
const work: Partial<Record<WatchKind, Work>> = {};
for (const kind of watchKinds) {
  const { requests, run } = rounds[kind];
  for (let i = 0; i < 2; i++) await run(requests());
  const counts: number[] = [];
  // The middle of five: what is received and sent lies outside the heap, and may have V8 collect garbage in the midst of one.
  for (let i = 0; i < 5; i++) {
    const list = requests();
    counts.push(await bytesOf(() => run(list)));
  }
  const [,, middle = 0] = counts.sort((a, b) => a - b);
  const list = requests();
  const steps = await stepsOf(session, () => run(list));
  work[kind] = { bytes: Math.round(middle / (ADDRESSES * WATCHERS)), steps: stepsOfOne(steps, ADDRESSES * WATCHERS) };
}
process.stdout.write(`${JSON.stringify(work)}\n`);
session.disconnect();
client.disconnect();
await service.stop();
