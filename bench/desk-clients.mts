/** Those who look at the operator's desk while it is measured: readers of its events, and somebody who lists everything in a loop. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';

export interface Looked {
  readonly events: number;
  readonly pages: number;
  readonly items: number;
}

export class DeskClients {
  readonly #readers: IncomingMessage[] = [];
  readonly #loops: Promise<void>[] = [];
  #isOver = false;
  #events = 0;
  #pages = 0;
  #items = 0;

  private constructor(private readonly url: string) {}

  static async start(url: string, readers: number, listings: number): Promise<DeskClients> {
    const clients = new DeskClients(url);
    for (let i = 0; i < readers; i++) await clients.#read();
    for (let i = 0; i < listings; i++) clients.#loops.push(clients.#list());
    return clients;
  }

  async stop(): Promise<Looked> {
    this.#isOver = true;
    for (const reader of this.#readers) reader.destroy();
    await Promise.all(this.#loops);
    return { events: this.#events, pages: this.#pages, items: this.#items };
  }

  async #read(): Promise<void> {
    const response = await ask(new URL('/api/events', this.url));
    this.#readers.push(response);
    response.on('error', () => undefined).setEncoding('latin1').on('data', (text: string) => { this.#events += text.split('\n\n').length - 1; });
  }

  async #list(): Promise<void> {
    let after = '';
    while (!this.#isOver) {
      const response = await ask(new URL(`/api/publications?limit=500&body=true${after}`, this.url));
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
      if (response.statusCode !== 200) throw new Error(`a listing was answered ${response.statusCode}: ${text}`);
      const { items, next } = JSON.parse(text) as { items: unknown[]; next: string | null };
      this.#pages++;
      this.#items += items.length;
      after = next === null ? '' : `&after=${next}`;
    }
  }
}

async function ask(url: URL): Promise<IncomingMessage> {
  const [response] = await once(get(url), 'response') as [IncomingMessage];
  return response;
}
