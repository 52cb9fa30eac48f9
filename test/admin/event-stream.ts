import { TOKEN } from './desk.ts';

export interface Told {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Somebody who reads the events of a desk. */
export class EventStream {
  #rest = '';
  readonly #events: Told[] = [];

  private constructor(readonly status: number, private readonly reader: ReadableStreamDefaultReader<Uint8Array> | undefined) {}

  static async open(url: string, headers: Readonly<Record<string, string>> = { authorization: `Bearer ${TOKEN}` }): Promise<EventStream> {
    const response = await fetch(new URL('/api/events', url), { headers });
    return new EventStream(response.status, response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined);
  }

  /** The next event that `isMeant`. */
  async next(isMeant: (told: Told) => boolean): Promise<Told> {
    for (;;) {
      for (let told = this.#events.shift(); told !== undefined; told = this.#events.shift()) if (isMeant(told)) return told;
      const { done, value } = await this.reader?.read() ?? { done: true };
      if (done || value === undefined) throw new Error('the stream has ended');
      this.#take(Buffer.from(value).toString());
    }
  }

  close(): void {
    this.reader?.cancel().catch(() => undefined);
  }

  #take(text: string): void {
    const frames = (this.#rest + text).split('\n\n');
    this.#rest = frames.pop() ?? '';
    for (const frame of frames) {
      const [, event = '', data = '{}'] = /^event: (.*)\ndata: (.*)$/.exec(frame) ?? [];
      this.#events.push({ event, data: JSON.parse(data) as Told['data'] });
    }
  }
}
