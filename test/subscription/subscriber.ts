import type { Service } from '@nksip-ts/core';
import { RequestText, type ResponseText } from '../kit/received-text.ts';
import { fresh, type RequestParts, requestText } from '../kit/request-text.ts';
import type { Peer } from '../wire/peers.ts';
import { running } from '../wire/running.ts';

/** What may differ from a SUBSCRIBE that everybody would take. */
export interface SubscribeParts extends RequestParts {
  /** undefined: 'weather'; null: none. */
  readonly event?: string | null;
  readonly expires?: number | string;
  /** undefined: that of the watcher; null: none. */
  readonly contact?: string | null;
}

/** A watcher over a raw socket, which writes each request itself. */
export class Watcher {
  readonly callId = fresh('watch');
  readonly fromTag = fresh('watcher');
  toTag = '';
  cseq = 0;

  constructor(readonly peer: Peer, readonly transport: 'UDP' | 'TCP' | 'TLS' | 'WS' = 'UDP') {}

  get via(): string {
    return `SIP/2.0/${this.transport} 127.0.0.1:${this.peer.port};rport;branch=z9hG4bK${fresh('branch')}`;
  }

  /** The same watcher, in the same dialog, over another socket. */
  elsewhere(peer: Peer): Watcher {
    const { callId, fromTag, toTag, cseq } = this;
    return Object.assign(new Watcher(peer, this.transport), { callId, fromTag, toTag, cseq });
  }

  /** The text of the next SUBSCRIBE in the dialog, or of one that makes it. */
  text(parts: SubscribeParts = {}): string {
    const { event = 'weather', expires, contact = `<sip:watcher@127.0.0.1:${this.peer.port}>`, headers = [], ...others } = parts;
    return requestText({
      method: 'SUBSCRIBE', via: [this.via], callId: this.callId, cseq: `${++this.cseq} SUBSCRIBE`,
      from: `"W" <sip:watcher@example.com>;tag=${this.fromTag}`, to: `<sip:alice@example.com>${this.toTag === '' ? '' : `;tag=${this.toTag}`}`,
      headers: [
        ...(event === null ? [] : [`Event: ${event}`]), ...(contact === null ? [] : [`Contact: ${contact}`]),
        ...(expires === undefined ? [] : [`Expires: ${expires}`]), ...headers,
      ],
      ...others,
    });
  }

  /** Sends a SUBSCRIBE and answers with its response. */
  async subscribe(parts: SubscribeParts = {}): Promise<ResponseText> {
    const response = await this.peer.ask(this.text(parts));
    if (response.code < 300) this.toTag = response.toTag;
    return response;
  }

  /** The next request that comes; nothing is sent back. */
  async request(): Promise<RequestText> {
    return new RequestText(await this.peer.inbox.next());
  }

  /** The next NOTIFY, which is answered. */
  async notified(code = 200, headers: readonly string[] = []): Promise<RequestText> {
    const notify = await this.request();
    this.answer(notify, code, headers);
    return notify;
  }

  answer(request: RequestText, code = 200, headers: readonly string[] = []): void {
    const copied = request.lines.filter((line) => /^(?:Via|From|To|Call-ID|CSeq): /.test(line));
    this.peer.send([`SIP/2.0 ${code} As Told`, ...copied, ...headers, 'Content-Length: 0', '', ''].join('\r\n'));
  }
}

/** A service that serves subscriptions to 'weather' over UDP and TCP. */
export function notifier(module: object = {}, spec: Readonly<Record<string, unknown>> = {}): Promise<Service> {
  return running({ sip_listen: 'sip:127.0.0.1:0', sip_events: 'weather', ...spec }, { sip_subscribe: () => ['reply', 'ok'], ...module });
}
