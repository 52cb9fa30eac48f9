import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { LmdbStore } from '@nksip-ts/event-store-lmdb';
import { publishText } from '../kit/request-text.ts';
import { Child } from './child.ts';

export interface Round {
  readonly answered: number;
  readonly removed: number;
  readonly unknown: number;
  /** A sentence for each publication that is not as it was answered. */
  readonly wrong: readonly string[];
}

/** What is known of one user's publication. */
interface Known {
  tag: string | undefined;
  body: string;
  /** A request is under way: whether it has happened nobody knows. */
  pending: { readonly body: string | undefined } | undefined;
}

/** Numbers from 0 to 1, the same for one seed. */
export function numbersOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Milliseconds until a server is killed that answers nothing. */
const MOST = 30_000;
/** Seconds that a publication lasts; every third user's is brief. */
const [TTL, BRIEF] = [600, 60];

/**
 * Kills a server under load at a random moment, and compares what its directory has then with what it had answered; then again
 * as if the time of the brief ones had come, when those must be gone, and stay so.
 */
export async function killRound(path: string, round: number, random: () => number, rate: number): Promise<Round> {
  const server = new Child('lmdb-server.ts', [path]);
  const load = new Load(Number(await server.line()), `r${round}`, random);
  await load.bound();
  const longer = 300 + random() * 700;
  const began = performance.now();
  // Not before there is something to compare, however slow the machine is.
  for (let killAt = began + MOST; performance.now() < killAt;) {
    if (killAt === began + MOST && load.answered > 20 && load.removed > 0) killAt = performance.now() + longer;
    load.sendUpTo(Math.floor((performance.now() - began) * rate / 1000));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await server.end('SIGKILL');
  await new Promise((resolve) => setImmediate(resolve));
  load.close();
  const found = await opened(path, 0, (store) => load.compare(store));
  await opened(path, BRIEF + 1, (store) => store.sweep());
  const later = await opened(path, 0, (store) => load.compare(store, true));
  return { ...found, wrong: [...found.wrong, ...later.wrong.map((line) => `when the brief ones are over, ${line}`)] };
}

/** Opens the directory as if it were so many seconds later. */
async function opened<T>(path: string, later: number, task: (store: LmdbStore) => Promise<T>): Promise<T> {
  const store = new LmdbStore({ path, now: () => Date.now() + 1000 * later }).open();
  try {
    return await task(store);
  } finally {
    await store.close();
  }
}

/** Requests of many users, one at a time for each, at the pace that its caller sets. */
export class Load {
  readonly #socket: Socket = createSocket('udp4');
  readonly #known = new Map<string, Known>();
  readonly #idle: string[] = [];
  #sent = 0;
  #answered = 0;
  #removed = 0;

  constructor(readonly port: number, readonly name: string, readonly random: () => number) {
    this.#socket.on('message', (bytes) => this.#answer(bytes.toString('latin1')));
  }

  async bound(): Promise<void> {
    this.#socket.bind(0, '127.0.0.1');
    await once(this.#socket, 'listening');
  }

  close(): void {
    this.#socket.close();
  }

  /** Requests that were answered 200. */
  get answered(): number {
    return this.#answered;
  }

  /** Those of them that removed something. */
  get removed(): number {
    return this.#removed;
  }

  sendUpTo(many: number): void {
    while (this.#sent < many) this.#send();
  }

  #send(): void {
    const choice = this.random();
    const known = choice < 0.5 ? undefined : this.#idle.splice(Math.floor(this.random() * this.#idle.length), 1)[0];
    const user = known ?? `${this.#sent % 3 === 0 ? 'brief' : 'long'}-${this.name}-${this.#sent}`;
    const state = this.#known.get(user) ?? { tag: undefined, body: '', pending: undefined };
    this.#known.set(user, state);
    const remove = known !== undefined && choice > 0.8;
    const body = remove ? undefined : `body ${this.#sent} ${'x'.repeat(Math.floor(this.random() * 800))}`;
    state.pending = { body };
    this.#sent++;
    this.#socket.send(publishText({
      port: this.#socket.address().port, uri: `sip:${user}@example.com`, to: `<sip:${user}@example.com>`,
      expires: remove ? 0 : isBrief(user) ? BRIEF : TTL, ...(state.tag !== undefined && { etag: state.tag }), ...(body !== undefined && { body }),
    }), this.port, '127.0.0.1');
  }

  #answer(text: string): void {
    const user = /^To: <sip:([^@]*)@/m.exec(text)?.[1] ?? '';
    const state = this.#known.get(user);
    if (state?.pending === undefined || !text.startsWith('SIP/2.0 200')) return;
    const { body } = state.pending;
    state.pending = undefined;
    this.#answered++;
    if (body === undefined) {
      state.tag = undefined;
      state.body = 'removed';
      this.#removed++;
    } else {
      state.tag = /^SIP-ETag: (.*?)\r$/m.exec(text)?.[1];
      state.body = body;
      this.#idle.push(user);
    }
  }

  async compare(store: LmdbStore, briefAreOver = false): Promise<Round> {
    const wrong: string[] = [];
    let unknown = 0;
    for (const [user, { tag, body, pending }] of this.#known) {
      const found = new Map<string, string>();
      for await (const one of store.list('server', { scheme: 'sip', user, domain: 'example.com' })) found.set(one.tag, Buffer.from(one.record.data).toString());
      if (pending !== undefined) unknown++;
      if (briefAreOver && isBrief(user)) {
        if (found.size > 0) wrong.push(`${user}: ${found.size} there`);
        continue;
      }
      const asAnswered = tag === undefined ? found.size === 0 : found.size === 1 && found.get(tag) === body;
      const asAsked = pending !== undefined && (pending.body === undefined ? found.size === 0 : found.size === 1 && [...found.values()][0] === pending.body);
      if (!asAnswered && !asAsked) wrong.push(`${user}: ${found.size} there, tag ${tag ?? 'none'}, ${pending === undefined ? 'nothing' : 'a request'} under way`);
    }
    return { answered: this.#answered, removed: this.#removed, unknown, wrong };
  }
}

function isBrief(user: string): boolean {
  return user.startsWith('brief-');
}
