import { subscriptions, uac } from '@nksip-ts/core';
import { RequestText, ResponseText } from '../kit/received-text.ts';
import { UdpPeer } from '../wire/peers.ts';
import { LiveTarget } from './live-target.ts';
import type { Random } from './random.ts';
import { host, inTime, patience, ServiceUnderFire } from './service-under-fire.ts';
import { must, type Input } from './target.ts';
import { anyNotify, placed } from './watch-corpus.ts';

const largestDatagram = 60_000;
const nobody = { callId: 'nobodys', ours: 'nobodys', theirs: 'nobodys' } as const;

/** NOTIFYs to a service that has subscribed at whoever sends them ('notify'), or that has no subscription at all ('unasked'). */
export class NotifyTarget extends LiveTarget<UdpPeer> {
  private constructor(readonly name: 'notify' | 'unasked', service: ServiceUnderFire, peer: UdpPeer, private readonly notifier: UdpPeer) {
    super(service, peer);
  }

  static async start(name: 'notify' | 'unasked'): Promise<NotifyTarget> {
    const service = await ServiceUnderFire.start('udp', { sip_events: 'nkpublish, presence, dialog', sip_timer_t1: 10, sip_timer_t2: 40, sip_timer_t4: 40 }, ['SUBSCRIBE']);
    const [peer, notifier] = await Promise.all([UdpPeer.open(service.port('udp'), host), UdpPeer.open(service.port('udp'), host)]);
    return new NotifyTarget(name, service, peer, notifier);
  }

  make(random: Random): Input {
    return Array.from({ length: random.size(8) }, () => anyNotify(random).subarray(0, largestDatagram));
  }

  async run(input: Input): Promise<void> {
    this.#clear();
    const parts = this.name === 'notify' ? await this.#dialog() : { ...nobody, port: String(this.notifier.port) };
    for (const piece of input) this.notifier.send(placed(piece, parts));
    await this.service.mustBeWell(this.peer, `SIP/2.0/UDP ${host}:${this.peer.port}`);
    if (this.name === 'unasked') this.#mustBeRefused();
    for await (const one of subscriptions.all(this.service.service)) JSON.stringify(one);
  }

  /** RFC 6665 4.1.3: a NOTIFY of no subscription is refused. */
  #mustBeRefused(): void {
    for (const text of this.notifier.inbox.waiting) {
      const { code, lines } = new ResponseText(text);
      must(code >= 300 || !lines.some((line) => /^CSeq: \d+ NOTIFY$/.test(line)), `a NOTIFY of no subscription was taken: ${text}`);
    }
  }

  /** Those that are left end by their time. */
  override async rest(): Promise<void> {
    const { service } = this.service;
    const left = async (): Promise<number> => {
      let count = 0;
      for await (const one of subscriptions.all(service)) count += one.handle.length > 0 ? 1 : 0;
      return count;
    };
    for (const end = Date.now() + patience; await left() > 0 && Date.now() < end;) await new Promise((resolve) => { setTimeout(resolve, 20); });
    must(await left() === 0, `${await left()} subscriptions of ours are left, and their time is over`);
    this.peer.from.length = this.notifier.from.length = 0;
    await super.rest();
  }

  override async close(): Promise<void> {
    this.notifier.close();
    await super.close();
  }

  #clear(): void {
    while (this.notifier.inbox.waiting.length > 0) void this.notifier.inbox.next();
  }

  async #dialog(): Promise<Parameters<typeof placed>[1]> {
    const port = String(this.notifier.port);
    const subscribed = uac.subscribe(this.service.service, `sip:watched@${host}:${port};transport=udp`, { event: 'presence', expires: 1, refresh: false });
    for (;;) {
      const text = await inTime(this.notifier.inbox.next(), 'no SUBSCRIBE came');
      if (!text.startsWith('SUBSCRIBE ')) continue;
      const request = new RequestText(text);
      const copied = request.lines.filter((line) => /^(?:Via|From|Call-ID|CSeq): /.test(line));
      const to = request.lines.find((line) => line.startsWith('To: ')) ?? '';
      this.notifier.send(['SIP/2.0 200 OK', ...copied, `${to};tag=the-notifier`, `Contact: <sip:watched@${host}:${port}>`, 'Expires: 1', 'Content-Length: 0', '', ''].join('\r\n'));
      must((await inTime(subscribed, 'a SUBSCRIBE with a 200 did not end')).ok, 'a SUBSCRIBE with a 200 has failed');
      return { callId: request.lines.find((line) => line.startsWith('Call-ID: '))?.slice(9) ?? '', ours: /^From: .*;tag=(\S+)/m.exec(text)?.[1] ?? '', theirs: 'the-notifier', port };
    }
  }
}
