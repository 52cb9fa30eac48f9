import { exitCodes, type ExitCode } from '../command-line/exit-codes.js';
import { itemAt, itemOf, itemsAt, textAt, type Item } from './answer.js';

/** How long an answer may take, in milliseconds. */
const patience = 15_000;

/** What a server is asked for at once. */
const pageSize = 500;

/** No answer, or one that is no success: a sentence for the person at the keyboard. */
export class DeskFault extends Error {
  constructor(sentence: string, readonly exitCode: ExitCode, readonly status = 0) {
    super(sentence);
  }
}

export type Query = Readonly<Record<string, string | undefined>>;

/** The admin API of a running server. */
export class DeskClient {
  constructor(private readonly url: string, private readonly token: string | undefined) {}

  async get(path: string, query: Query = {}): Promise<Item> {
    const response = await this.#send('GET', withQuery(path, query));
    return itemOf(await response.json().catch(() => { throw new DeskFault(`What answers at ${this.url} is not the admin API of nksip-ts.`, exitCodes.refused); }));
  }

  /** At most so many items, asked for page by page. */
  async list(path: string, query: Query, most: number): Promise<readonly Item[]> {
    const items: Item[] = [];
    let after: string | undefined;
    do {
      const page = await this.get(path, { ...query, after, limit: String(Math.min(most - items.length, pageSize)) });
      items.push(...itemsAt(page, 'items'));
      after = textAt(page, 'next');
    } while (after !== '' && items.length < most);
    return items;
  }

  /** Rejects with DeskFault unless it was done. */
  async remove(path: string): Promise<void> {
    await this.#send('DELETE', path);
  }

  async #send(method: string, path: string): Promise<Response> {
    const response = await fetch(`${this.url}${path}`, {
      method, redirect: 'error', signal: AbortSignal.timeout(patience), headers: this.token === undefined ? {} : { Authorization: `Bearer ${this.token}` },
    }).catch((error: unknown) => { throw this.#noAnswer(error); });
    if (!response.ok) throw await this.#refusal(response);
    return response;
  }

  #noAnswer(error: unknown): DeskFault {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (cause instanceof Error && cause.name === 'TimeoutError') return new DeskFault(`The server at ${this.url} does not answer: nothing came in ${patience / 1000} seconds.`, exitCodes.noResponse);
    if (code !== 'ECONNREFUSED' && code !== '') return new DeskFault(`The server at ${this.url} cannot be reached (${code}).`, exitCodes.noResponse);
    return new DeskFault(`No server answers at ${this.url}. Is 'nksip-ts serve --admin' running, and does it serve its desk where --url says?`, exitCodes.noResponse);
  }

  async #refusal(response: Response): Promise<DeskFault> {
    const message = textAt(itemAt(itemOf(await response.json().catch(() => undefined)), 'error'), 'message');
    if (response.status !== 401) return new DeskFault(message === '' ? `The server at ${this.url} answered ${response.status}.` : message, exitCodes.refused, response.status);
    return new DeskFault(this.token !== undefined
      ? `The token is not the one of the server at ${this.url}: it is the value of its option sip_admin_token.`
      : 'The server wants a token: put the value of its sip_admin_token into the environment variable NKSIP_TS_SIP_ADMIN_TOKEN, or into a file for --token-file.', exitCodes.refused, 401);
  }
}

function withQuery(path: string, query: Query): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== '') given.set(name, value);
  return given.size === 0 ? path : `${path}?${given.toString()}`;
}

/** The parts of a path that somebody else chose, each encoded. */
export function under(path: string, ...parts: readonly string[]): string {
  return [path, ...parts.map(encodeURIComponent)].join('/');
}
