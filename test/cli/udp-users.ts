import type { Publication } from '@nksip-ts/event-compositor';
import { fresh, publishText } from '../kit/request-text.ts';
import { ResponseText } from '../kit/received-text.ts';
import { UdpPeer } from '../wire/peers.ts';

/** T1: milliseconds until a request is sent again, as often as it takes. */
const RESEND = 500;

/** One user agent: it publishes, and changes what it has published, one request after the other, each sent until it is answered. */
class User {
  readonly #name = fresh('user');
  #tag: string | undefined;
  #body = '';
  #answered = 0;
  readonly wrong: string[] = [];

  constructor(private readonly peer: UdpSource) {}

  get answered(): number {
    return this.#answered;
  }

  async publishUntil(isOver: () => boolean): Promise<void> {
    for (let n = 0; !isOver(); n++) {
      const body = `${this.#name} ${n}`;
      const response = await this.peer.ask(publishText({
        port: this.peer.port, uri: `sip:${this.#name}@example.com`, to: `<sip:${this.#name}@example.com>`, expires: 600,
        ...(this.#tag !== undefined && { etag: this.#tag }), body,
      }));
      if (response.code !== 200) return void this.wrong.push(`${this.#name} ${n}: ${response.code}`);
      this.#tag = response.one('SIP-ETag');
      this.#body = body;
      this.#answered++;
    }
  }

  async compare(stored: (user: string) => Promise<readonly Publication[]>): Promise<readonly string[]> {
    const there = (await stored(this.#name)).map(({ tag, record: { data } }) => `${tag} ${Buffer.from(data).toString()}`);
    const expected = `${this.#tag} ${this.#body}`;
    return there.length === 1 && there[0] === expected ? this.wrong : [...this.wrong, `${this.#name}: ${there.join(' and ')} for ${expected}`];
  }
}

/** A socket from which many user agents send: their answers are told apart by branch. */
class UdpSource {
  readonly #waiting = new Map<string, (response: ResponseText) => void>();
  resent = 0;

  private constructor(private readonly peer: UdpPeer) {
    void this.#read();
  }

  static async open(port: number): Promise<UdpSource> {
    return new UdpSource(await UdpPeer.open(port));
  }

  get port(): number {
    return this.peer.port;
  }

  close(): void {
    this.peer.inbox.end();
    this.peer.close();
  }

  async ask(request: string): Promise<ResponseText> {
    const branch = /branch=(\S+)/.exec(request)?.[1] ?? '';
    const answered = new Promise<ResponseText>((resolve) => this.#waiting.set(branch, resolve));
    this.peer.send(request);
    const again = setInterval(() => {
      this.resent++;
      this.peer.send(request);
    }, RESEND);
    const response = await answered;
    clearInterval(again);
    this.#waiting.delete(branch);
    return response;
  }

  async #read(): Promise<void> {
    for (;;) {
      const text = await this.peer.inbox.next().catch(() => undefined);
      if (text === undefined) return;
      this.#waiting.get(/branch=([^;\r]+)/.exec(text)?.[1] ?? '')?.(new ResponseText(text));
    }
  }
}

/** So many user agents, who send from so many sockets. */
export class UdpUsers {
  private constructor(private readonly sources: readonly UdpSource[], private readonly users: readonly User[]) {}

  static async open(port: number, sources: number, users: number): Promise<UdpUsers> {
    const opened = await Promise.all(Array.from({ length: sources }, () => UdpSource.open(port)));
    return new UdpUsers(opened, Array.from({ length: users }, (_, n) => new User(opened[n % sources]!)));
  }

  /** Requests that were answered 200. */
  get answered(): number {
    return this.users.reduce((sum, { answered }) => sum + answered, 0);
  }

  get resent(): number {
    return this.sources.reduce((sum, { resent }) => sum + resent, 0);
  }

  async publishUntil(isOver: () => boolean): Promise<void> {
    await Promise.all(this.users.map((user) => user.publishUntil(isOver)));
  }

  /** A sentence for each answer but 200, and for each user of whom anything else is stored than what was answered last. */
  async wrong(stored: (user: string) => Promise<readonly Publication[]>): Promise<readonly string[]> {
    const all: string[] = [];
    for (const user of this.users) all.push(...await user.compare(stored));
    return all;
  }

  close(): void {
    for (const source of this.sources) source.close();
  }
}
