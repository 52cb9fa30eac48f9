import { uac, type Service } from '@nksip-ts/core';
import { eventNotifier } from '@nksip-ts/event-notifier';
import { RequestText, ResponseText } from '../kit/received-text.ts';
import { fresh } from '../kit/request-text.ts';
import type { CapturedDialog } from './captured-dialog.ts';
import type { UdpPeer } from './peers.ts';
import { portOf } from './running.ts';

/** A NOTIFY of ours beside that which the client was sent when it was recorded. */
export interface Notified {
  readonly ours: RequestText;
  readonly theirs: RequestText;
}

/**
 * Plays the client of a recorded dialog: sends its requests, and answers NOTIFYs as it did. What its server told, somebody publishes
 * or decides here. Texts are as recorded, but for what each side draws anew: ports, tags, branches, entity-tags, numbers.
 */
export class Replay {
  readonly notified: Notified[] = [];
  readonly codes: string[] = [];
  /** What was recorded, and what stands in its place. */
  readonly #instead = new Map<string, string>();
  /** Tag of what is published of the one who is watched. */
  #etag: string | undefined;
  #answer: ResponseText | undefined;

  constructor(private readonly service: Service, private readonly peer: UdpPeer, private readonly dialog: CapturedDialog) {
    this.#instead.set(dialog.clientPort, String(peer.port)).set(dialog.serverPort, String(portOf(service, 'udp')));
  }

  /** Up to the request with which the client ends its subscription, which is answered with. */
  async untilItsEnd(): Promise<RequestText> {
    for (const { isOfClient, request } of this.dialog.messages) {
      if (request === undefined || request.method === 'REGISTER') continue;
      if (!isOfClient) await this.#notify(request, this.#answerTo(request));
      else if (request.method === 'SUBSCRIBE' && request.one('Expires') === '0') return request;
      else await this.#ask(request, this.#responseTo(request));
    }
    throw new Error('it never ends its subscription');
  }

  /** Sends what the client sent when it ended, with other seconds and `later` by so many numbers. */
  async subscribeAgain(end: RequestText, expires: string, later: number): Promise<ResponseText> {
    const [number = 0] = [/^\d+/.exec(end.one('CSeq'))?.[0]].map(Number);
    const text = end.text.replace(/^Expires: 0$/m, `Expires: ${expires}`).replace(/^CSeq: \d+/m, `CSeq: ${number + later}`).replace(end.branch, `z9hG4bK${fresh('branch')}`);
    return this.peer.ask(this.#ours(text));
  }

  /** The next NOTIFY, which is answered as the client answered the last one. */
  async next(): Promise<RequestText> {
    if (this.#answer === undefined) throw new Error('none was answered before');
    return this.#answered(this.#answer);
  }

  async #ask(request: RequestText, recorded: ResponseText): Promise<void> {
    const response = await this.peer.ask(this.#ours(request.text));
    this.codes.push(`${request.method} ${recorded.code} ${response.code}`);
    this.#instead.set(recorded.toTag, response.toTag);
    for (const [index, tag] of recorded.all('SIP-ETag').entries()) this.#instead.set(`SIP-If-Match: ${tag}\r`, `SIP-If-Match: ${response.all('SIP-ETag')[index]}\r`);
  }

  async #notify(theirs: RequestText, answer: ResponseText): Promise<void> {
    await this.#cause(theirs);
    const instead = new RequestText(this.#ours(theirs.text));
    this.notified.push({ theirs: instead, ours: await this.#answered(answer) });
  }

  /** Has the state become what the server of the record told. */
  async #cause({ lines, body }: RequestText): Promise<void> {
    const state = lines.find((line) => line.startsWith('Subscription-State: ')) ?? '';
    if (state.includes('pending')) return;
    for await (const { id, decision } of eventNotifier.watchers(this.service)) {
      if (state.includes('terminated')) await eventNotifier.terminate(this.service, id, 'deactivated');
      else await this.#publish(body);
      if (decision === 'confirm') await eventNotifier.decide(this.service, id, 'allow');
    }
  }

  async #publish(body: string): Promise<void> {
    const published = await uac.publish(this.service, `sip:bob@127.0.0.1:${portOf(this.service, 'udp')}`, { event: 'presence', body, ...(this.#etag !== undefined && { sip_if_match: this.#etag }) });
    if (!published.ok) throw new Error(`PUBLISH: ${published.code}`);
    this.#etag = published.meta.sip_etag;
  }

  async #answered(recorded: ResponseText): Promise<RequestText> {
    const ours = new RequestText(await this.peer.inbox.next());
    this.#answer = recorded;
    this.peer.send(this.#ours(recorded.text).replace(recorded.branch, ours.branch).replace(/^CSeq: .*$/m, `CSeq: ${ours.one('CSeq')}`));
    return ours;
  }

  #responseTo({ lines }: RequestText): ResponseText {
    const same = ['Call-ID', 'CSeq'].map((name) => lines.find((line) => line.startsWith(`${name}: `)));
    const found = this.dialog.messages.find(({ isOfClient, response }) => !isOfClient && same.every((line) => line !== undefined && response?.lines.includes(line) === true));
    if (found?.response === undefined) throw new Error(`nobody answered ${same.join()}`);
    return found.response;
  }

  #answerTo({ branch, text }: RequestText): ResponseText {
    const found = this.dialog.messages.find(({ isOfClient, response }) => isOfClient && response?.branch === branch);
    if (found?.response === undefined) throw new Error(`nobody answered ${text}`);
    return found.response;
  }

  #ours(text: string): string {
    return [...this.#instead].reduce((told, [recorded, instead]) => told.replaceAll(recorded, instead), text);
  }
}
