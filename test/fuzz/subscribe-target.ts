import { terminate, watchers } from '@nksip-ts/event-notifier';
import { ResponseText } from '../kit/received-text.ts';
import { fresh, requestText } from '../kit/request-text.ts';
import { UdpPeer } from '../wire/peers.ts';
import { LiveTarget } from './live-target.ts';
import type { Random } from './random.ts';
import { host, inTime, patience, ServiceUnderFire } from './service-under-fire.ts';
import { must, type Input } from './target.ts';
import { anySubscribe, placed } from './watch-corpus.ts';

const largestDatagram = 60_000;

/** SUBSCRIBEs to a notifier, in a dialog and out of one, by somebody who answers no NOTIFY; all go to where the SUBSCRIBE came from. */
export class SubscribeTarget extends LiveTarget<UdpPeer> {
  readonly name = 'subscribe';
  #mayBeSent = 0;

  private constructor(service: ServiceUnderFire, peer: UdpPeer, private readonly watcher: UdpPeer) {
    super(service, peer);
  }

  static async start(): Promise<SubscribeTarget> {
    const service = await ServiceUnderFire.start('udp', {
      plugins: ['event-notifier'], sip_events: 'nkpublish, presence, dialog, message-summary', sip_event_notifier_default_decision: 'allow', sip_event_notifier_min_interval: 0,
      sip_timer_t1: 10, sip_timer_t2: 40, sip_timer_t4: 40,
    }, ['NOTIFY']);
    const [peer, watcher] = await Promise.all([UdpPeer.open(service.port('udp'), host), UdpPeer.open(service.port('udp'), host)]);
    return new SubscribeTarget(service, peer, watcher);
  }

  make(random: Random): Input {
    return Array.from({ length: random.size(8) }, () => anySubscribe(random).subarray(0, largestDatagram));
  }

  async run(input: Input): Promise<void> {
    this.#clear();
    const dialog = await this.#dialog();
    for (const piece of input) this.#send(placed(piece, dialog));
    await this.service.mustBeWell(this.peer, `SIP/2.0/UDP ${host}:${this.peer.port}`);
    // The good client's answer, and what was sent again of it.
    this.#mayBeSent += 2000;
    must(this.service.sent <= this.#mayBeSent, `${this.service.sent} bytes were sent, and ${this.#mayBeSent} may be sent to an address that nothing proves`);
  }

  /** All that watch are told to go: nothing may be left of them. */
  override async rest(): Promise<void> {
    const { service } = this.service;
    for await (const { id } of watchers(service)) {
      await terminate(service, id);
      this.#mayBeSent += 1500;
    }
    const left = (): number => (service.usage().parts['watchers'] ?? 0) + (service.usage().parts['subscriptions'] ?? 0);
    for (const end = Date.now() + patience; left() > 0 && Date.now() < end;) await new Promise((resolve) => { setTimeout(resolve, 20); });
    must(left() === 0, `the account still has ${left()} bytes of watchers, and all were told to go`);
    this.peer.from.length = this.watcher.from.length = 0;
    await super.rest();
  }

  override async close(): Promise<void> {
    this.watcher.close();
    await super.close();
  }

  #send(bytes: Buffer): void {
    this.#mayBeSent += 3 * Math.max(300, bytes.length);
    this.watcher.send(bytes);
  }

  #clear(): void {
    while (this.watcher.inbox.waiting.length > 0) void this.watcher.inbox.next();
  }

  async #dialog(): Promise<Parameters<typeof placed>[1]> {
    const callId = fresh('watch');
    const port = String(this.watcher.port);
    this.#send(Buffer.from(requestText({
      method: 'SUBSCRIBE', uri: 'sip:watched@example.com', via: [`SIP/2.0/UDP ${host}:${port};branch=z9hG4bK${callId};rport`], callId, from: '"W" <sip:w@example.com>;tag=the-watcher', to: '<sip:watched@example.com>',
      cseq: '1 SUBSCRIBE', headers: ['Event: presence', `Contact: <sip:w@${host}:${port}>`, 'Expires: 600'],
    })));
    for (;;) {
      const text = await inTime(this.watcher.inbox.next(), 'a good SUBSCRIBE was not answered');
      const response = new ResponseText(text);
      if (!text.startsWith('SIP/2.0 ') || !response.all('Call-ID').includes(callId)) continue;
      must(response.code === 200, `a good SUBSCRIBE was answered ${response.code}`);
      return { callId, ours: 'the-watcher', theirs: response.toTag, port };
    }
  }
}
