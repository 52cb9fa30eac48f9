import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { MessageText } from '../kit/received-text.ts';
import { Inbox } from '../wire/peers.ts';
import { fresh } from '../kit/request-text.ts';
import { later } from '../wire/running.ts';

/** Where what came can be answered. */
type Back = (text: string) => void;

/** What may differ from a NOTIFY that everybody would take. */
export interface NotifyParts {
  /** Of From: of this notifier, or of another one that the SUBSCRIBE was forked to. */
  readonly tag?: string;
  readonly cseq?: number;
  readonly state?: string;
  readonly event?: string;
  readonly callId?: string;
  readonly toTag?: string;
  readonly contact?: string;
  /** Other lines. */
  readonly headers?: readonly string[];
  readonly body?: string;
}

/** Somebody who is subscribed to, and does by hand what a test wants. */
export class Notifier {
  readonly #inbox = new Inbox();
  #back: Back = () => undefined;
  #cseq = 0;

  private constructor(readonly transport: 'udp' | 'tcp', readonly port: number) {}

  static async open(transport: 'udp' | 'tcp'): Promise<Notifier> {
    return transport === 'udp' ? await Notifier.#overUdp() : await Notifier.#overTcp();
  }

  static async #overUdp(): Promise<Notifier> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    later(() => { socket.close(); });
    const notifier = new Notifier('udp', socket.address().port);
    socket.on('message', (bytes, { address, port }) => {
      notifier.#came(bytes.toString(), (text) => { socket.send(text, port, address); });
    });
    return notifier;
  }

  static async #overTcp(): Promise<Notifier> {
    const sockets = new Set<Socket>();
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    later(() => { for (const socket of sockets) socket.destroy(); server.close(); });
    const notifier = new Notifier('tcp', (server.address() as AddressInfo).port);
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk.toString();
        for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
          const whole = end + 4 + Number(/^Content-Length: (\d+)/m.exec(text)?.[1] ?? 0);
          if (text.length < whole) break;
          notifier.#came(text.slice(0, whole), (answer) => { socket.write(answer); });
          text = text.slice(whole);
        }
      });
    });
    return notifier;
  }

  /** What to subscribe to. */
  get uri(): string {
    return `sip:alice@127.0.0.1:${this.port};transport=${this.transport}`;
  }

  #came(text: string, back: Back): void {
    this.#back = back;
    this.#inbox.put(text);
  }

  /** The next message that came: a SUBSCRIBE, or the answer to a NOTIFY. */
  async next(): Promise<MessageText> {
    return new MessageText(await this.#inbox.next());
  }

  /** What nobody has asked for yet. */
  get waiting(): readonly string[] {
    return this.#inbox.waiting;
  }

  /** Answers a SUBSCRIBE; `tag` is that of To, where it has none. */
  answer(request: MessageText, status: string, headers: readonly string[] = [], tag = 'n1'): void {
    const to = request.one('To');
    const copied = ['Via', 'From', 'Call-ID', 'CSeq'].map((name) => `${name}: ${request.one(name)}`);
    this.#back([`SIP/2.0 ${status}`, ...copied, `To: ${to.includes(';tag=') ? to : `${to};tag=${tag}`}`, ...headers, 'Content-Length: 0', '', ''].join('\r\n'));
  }

  /** 200 with Expires and Contact. */
  grant(request: MessageText, expires: number, tag = 'n1'): void {
    this.answer(request, '200 OK', [`Expires: ${expires}`, `Contact: <${this.uri}>`], tag);
  }

  /** Sends a NOTIFY for a SUBSCRIBE that came; CSeq is one more than before. */
  sendNotify(subscribe: MessageText, parts: NotifyParts = {}): void {
    const { tag = 'n1', body = '', state = 'active;expires=60', event = subscribe.one('Event'), headers = [] } = parts;
    this.#cseq = parts.cseq ?? this.#cseq + 1;
    const from = subscribe.one('To').replace(/;tag=.*/, '');
    const to = subscribe.one('From');
    this.#back([
      `NOTIFY ${/<(.*)>/.exec(subscribe.one('Contact'))?.[1] ?? ''} SIP/2.0`,
      `Via: SIP/2.0/${this.transport.toUpperCase()} 127.0.0.1:${this.port};rport;branch=z9hG4bK${fresh('notify')}`,
      'Max-Forwards: 70', `From: ${from};tag=${tag}`, `To: ${parts.toTag === undefined ? to : to.replace(/;tag=.*/, `;tag=${parts.toTag}`)}`,
      `Call-ID: ${parts.callId ?? subscribe.one('Call-ID')}`, `CSeq: ${this.#cseq} NOTIFY`, `Event: ${event}`,
      ...(state === '' ? [] : [`Subscription-State: ${state}`]), ...(parts.contact === '' ? [] : [`Contact: <${parts.contact ?? this.uri}>`]), ...headers,
      ...(body === '' ? [] : ['Content-Type: text/plain']), `Content-Length: ${Buffer.byteLength(body)}`, '', body,
    ].join('\r\n'));
  }

  /** The same, and the status line of its answer. */
  async notify(subscribe: MessageText, parts: NotifyParts = {}): Promise<string> {
    this.sendNotify(subscribe, parts);
    return (await this.next()).startLine;
  }
}
