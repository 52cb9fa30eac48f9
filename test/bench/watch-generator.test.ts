import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { crowdedAudience, evenAudience } from '../../bench/audience.mts';
import { responseTo } from '../../bench/notify.mts';
import { field } from '../../bench/response.mts';
import { WatchGenerator, type WatchKind, type WatchOutcome } from '../../bench/watch-generator.mts';

/** A notifier in a few lines, whose faults a test can choose. */
class Notifier {
  readonly requests: string[] = [];
  /** What the watchers answered. */
  readonly responses: string[] = [];
  /** What becomes of a NOTIFY: the datagrams that are sent for it. CSeq rises by ten, so there is room for others. */
  spoil: (notify: string) => readonly string[] = (notify) => [notify];
  subscribed = (response: string): string => response;
  readonly #socket: Socket = createSocket('udp4');
  readonly #documents = new Map<string, string>();
  readonly #subscriptions = new Map<string, { readonly request: string; readonly peer: RemoteInfo; sequence: number }>();

  async open(): Promise<number> {
    this.#socket.on('message', (bytes, peer) => { this.#receive(bytes.toString('latin1'), peer); }).bind(0, '127.0.0.1');
    await once(this.#socket, 'listening');
    return this.#socket.address().port;
  }

  close(): void {
    this.#socket.close();
  }

  #receive(text: string, peer: RemoteInfo): void {
    if (text.startsWith('SIP/2.0 ')) {
      this.responses.push(text);
      return;
    }
    this.requests.push(text);
    const address = field(text, 'To').split(';')[0] ?? '';
    if (text.startsWith('PUBLISH ')) {
      this.#send(responseTo(text).replace('Content-Length', 'SIP-ETag: tag\r\nExpires: 3600\r\nContent-Length'), peer);
      this.#documents.set(address, text.slice(text.indexOf('\r\n\r\n') + 4));
      for (const [id, { request }] of this.#subscriptions) if (field(request, 'To') === address) this.#notify(id);
    } else this.#subscribe(text, address, peer);
  }

  #subscribe(request: string, address: string, peer: RemoteInfo): void {
    const [id, expires] = [field(request, 'Call-ID'), field(request, 'Expires')];
    const known = this.#subscriptions.get(id);
    if (known === undefined) this.#subscriptions.set(id, { request, peer, sequence: 0 });
    const response = responseTo(known === undefined ? request.replace(`To: ${address}`, `To: ${address};tag=ours`) : request);
    this.#send(this.subscribed(response.replace('Content-Length', `Contact: <sip:127.0.0.1:7>\r\nExpires: ${expires}\r\nContent-Length`)), peer);
    this.#notify(id, expires === '0' ? 'terminated;reason=timeout' : 'active;expires=3600');
    if (expires === '0') this.#subscriptions.delete(id);
  }

  #notify(id: string, state = 'active;expires=3600'): void {
    const one = this.#subscriptions.get(id)!;
    const address = field(one.request, 'To');
    const notify = [
      'NOTIFY sip:watcher SIP/2.0', 'Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1', `From: ${address};tag=ours`, `To: ${field(one.request, 'From')}`,
      `Call-ID: ${id}`, `CSeq: ${one.sequence += 10} NOTIFY`, 'Event: presence', `Subscription-State: ${state}`, '', this.#documents.get(address) ?? '',
    ].join('\r\n');
    for (const datagram of this.spoil(notify)) this.#send(datagram, one.peer);
  }

  #send(text: string, { port, address }: RemoteInfo): void {
    this.#socket.send(Buffer.from(text, 'latin1'), port, address);
  }
}

describe('The watchers of the measurements', () => {
  let notifier: Notifier;
  let generator: WatchGenerator;

  beforeEach(async () => {
    notifier = new Notifier();
    // Six watchers: five at one address, one at another.
    generator = await WatchGenerator.open({ port: await notifier.open() }, evenAudience(6, 5), 2);
    await run('publish', 2);
  });

  afterEach(() => {
    generator[Symbol.dispose]();
    notifier.close();
  });

  function run(kind: WatchKind, count: number): Promise<WatchOutcome> {
    return generator.run({ kind, count, window: 2 });
  }

  function told({ wrong, notified, repeated }: WatchOutcome): Record<string, number> {
    return { ...Object.fromEntries(wrong), notified, repeated };
  }

  it('subscribe, subscribe again in their dialog, wait until the last of them knows of a change, and end it', async () => {
    expect(told(await run('subscribe', 6))).to.deep.equal({ notified: 6, repeated: 0 });
    expect(told(await run('resubscribe', 6))).to.deep.equal({ notified: 6, repeated: 0 });
    const changed = await run('notify', 4);
    expect(told(changed)).to.deep.equal({ notified: 12, repeated: 0 });
    expect(changed.times).to.have.length(4).and.satisfy((times: Float64Array) => times.every(Number.isFinite));
    expect(told(await run('unsubscribe', 6))).to.deep.equal({ notified: 6, repeated: 0 });
    expect(told(await run('notify', 2))).to.deep.equal({ notified: 0, repeated: 0 });
  });

  it('write requests that are whole, keep to the dialog, and answer each NOTIFY', async () => {
    for (const kind of ['subscribe', 'resubscribe', 'unsubscribe'] as const) await run(kind, 1);
    const subscribes = notifier.requests.filter((request) => request.startsWith('SUBSCRIBE '));
    for (const request of subscribes) expect(request).to.match(/\r\nContent-Length: 0\r\n\r\n$/).and.not.match(/[UWDQTE]{4}|TEXT/);
    expect(subscribes.map((request) => request.split(' ')[1])).to.deep.equal(['sip:u00000000@example.com', 'sip:127.0.0.1:7', 'sip:127.0.0.1:7']);
    expect(subscribes.map((request) => Number.parseInt(field(request, 'CSeq')))).to.deep.equal([1, 2, 3]);
    expect(new Set(subscribes.map((request) => field(request, 'Call-ID') + field(request, 'From')))).to.have.property('size', 1);
    expect(subscribes.slice(1).every((request) => field(request, 'To').endsWith(';tag=ours'))).to.equal(true);
    while (notifier.responses.length < 3) await turn();
    expect(notifier.responses.map((response) => [response.split('\r\n')[0], field(response, 'CSeq')])).to.deep.equal([10, 20, 30].map((n) => ['SIP/2.0 200 OK', `${n} NOTIFY`]));
  });

  it('tell a NOTIFY that came again from a new one', async () => {
    notifier.spoil = (notify) => [notify, notify];
    expect(told(await run('subscribe', 6))).to.include({ notified: 6 });
    const { wrong, notified } = await run('notify', 2);
    expect([wrong.size, notified]).to.deep.equal([0, 6]);
  });

  it('count what is wrong: a state that is over, one that nobody published now, an end that is none, a refusal', async () => {
    await run('subscribe', 6);
    const again = (notify: string): string => notify.replace(/0 NOTIFY\r/, '1 NOTIFY\r');
    notifier.spoil = (notify) => [notify.replace('active', 'terminated'), again(notify)];
    expect(told(await run('notify', 1))).to.deep.equal({ 'NOTIFY terminated': 5, notified: 10, repeated: 0 });
    notifier.spoil = (notify) => [notify.replace(/version \d+/, 'version 000000001000')];
    expect(told(await run('resubscribe', 1))).to.deep.equal({ 'NOTIFY of an old state': 1, notified: 1, repeated: 0 });
    notifier.spoil = (notify) => [notify.replace('terminated', 'active'), again(notify)];
    expect(told(await run('unsubscribe', 1))).to.deep.equal({ 'NOTIFY not terminated': 1, notified: 2, repeated: 0 });
    notifier.subscribed = (response) => response.replace('200 OK', '503 Service Unavailable');
    notifier.spoil = () => [];
    expect(told(await run('subscribe', 1))).to.deep.equal({ '503 for 200': 1, notified: 0, repeated: 0 });
  });
});

describe('The audience of the measurements', () => {
  it('is spread evenly, or has a crowd at one address', () => {
    const even = evenAudience(11, 5);
    expect([even.addresses, even.addressOf(10), even.watchersOf(0), even.watchersOf(2)]).to.deep.equal([3, 2, 5, 1]);
    const crowded = crowdedAudience(11, 4, 5);
    expect([crowded.addresses, crowded.addressOf(3), crowded.addressOf(4), crowded.addressOf(9)]).to.deep.equal([3, 0, 1, 2]);
    expect([0, 1, 2].map((address) => crowded.watchersOf(address))).to.deep.equal([4, 5, 2]);
  });
});
