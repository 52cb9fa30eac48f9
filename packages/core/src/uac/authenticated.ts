import { formatUri, parseNameAddr, parseUri, type Message } from '@nksip-ts/sip';

import type { KnownChallenge } from '../digest/known-challenges.js';
import { signInFor, type Passwords } from '../digest/passwords.js';
import { chooseChallenges, respond, whyUnanswered } from '../digest/respond.js';
import { NksipError } from '../errors.js';
import type { Draft } from './build.js';
import type { HeaderLine } from './header-edits.js';
import { send, type Outcome } from './send.js';
import type { UacHost } from './uac-host.js';

/** How often one request is sent at most: proxies and the server at its end may all ask, and call nonces stale. */
const mostTries = 5;

const highestCseq = 2 ** 31 - 1;

export interface AuthenticatedParts {
  readonly passwords: Passwords | undefined;
  /** For everything together. */
  readonly milliseconds: number;
  /** The number of CSeq behind this one. */
  readonly nextCseq: (last: number) => number;
  /** How one attempt is sent; as `send` does it unless told. */
  readonly send?: (draft: Draft, milliseconds: number) => Promise<Outcome>;
  /** What came of the request before, whose challenges are to be answered. */
  readonly before?: Outcome;
}

/** Sends a request and answers the challenges to it (RFC 3261 22.2 and 22.3). As `send` does it otherwise. */
export function sendAuthenticated(host: UacHost, draft: Draft, parts: AuthenticatedParts): Promise<Outcome> {
  return parts.passwords === undefined ? send(host, draft, parts.milliseconds) : new Authenticated(host, draft, parts, parts.passwords).run();
}

/** One request on its way through those who want to know who sends it. */
class Authenticated {
  /** What the request answers now, by field and realm. */
  readonly #answers = new Map<string, KnownChallenge>();
  /** Of these, the ones that answer a challenge to this very request. */
  readonly #tried = new Set<string>();
  /** That of From. */
  readonly #author: string;
  readonly #target: string;

  constructor(
    private readonly host: UacHost,
    private draft: Draft,
    private readonly parts: AuthenticatedParts,
    private readonly passwords: Passwords,
  ) {
    this.#author = parseUri(parseNameAddr(valueOf(draft, 'From'))?.uri ?? '')?.user ?? '';
    this.#target = [this.#author, draft.requestUri, formatUri(draft.nextHop)].join('\n');
    for (const known of host.challenges.of(this.#target)) {
      if (known.user === this.#userFor(known.challenge.realm)) this.#answers.set(keyOf(known), known);
    }
  }

  async run(): Promise<Outcome> {
    const end = performance.now() + this.parts.milliseconds;
    const { before, send: attempt = (draft, left) => send(this.host, draft, left) } = this.parts;
    if (before !== undefined && !this.#canGoOn(before)) return this.#explained(before);
    for (let tries = before === undefined ? 1 : 2;; tries++) {
      const left = end - performance.now();
      if (left <= 0) return { local: 'timeout' };
      const outcome = await attempt(this.#withCredentials(), left);
      if (tries === mostTries || !this.#canGoOn(outcome)) {
        this.#learn(outcome);
        return this.#explained(outcome);
      }
    }
  }

  /**
   * Takes in the challenges of a response. False where there are none to answer, or where one rejects what answered it already:
   * RFC 3261 22.1 has such credentials not tried again, unless only their nonce was stale.
   */
  #canGoOn({ response }: Outcome): boolean {
    const field = response?.status === 401 ? 'Authorization' : response?.status === 407 ? 'Proxy-Authorization' : undefined;
    if (response === undefined || field === undefined) return false;
    const texts = challengesOf(response);
    const asked = chooseChallenges(texts, this.passwords).map((challenge): KnownChallenge => ({ field, challenge, user: this.#userFor(challenge.realm), count: 0 }));
    if (asked.length === 0 || asked.some((known) => this.#tried.has(keyOf(known)) && !known.challenge.stale)) return false;
    for (const known of asked) {
      this.#answers.set(keyOf(known), known);
      this.#tried.add(keyOf(known));
    }
    return this.#renumber();
  }

  /** A challenge that sip_pass has no answer to is told as the error beside the response. */
  #explained(outcome: Outcome): Outcome {
    const { response } = outcome;
    const texts = response === undefined ? [] : challengesOf(response);
    if (response === undefined || texts.length === 0 || chooseChallenges(texts, this.passwords).length > 0) return outcome;
    const reason = whyUnanswered(texts, this.passwords);
    return reason === undefined ? outcome : { response, error: new NksipError('no_sign_in', { reason }) };
  }

  /** RFC 3261 8.1.3.5: the new request has the Call-ID, To and From of the old one, and the next CSeq. */
  #renumber(): boolean {
    const cseq = this.parts.nextCseq(Number.parseInt(valueOf(this.draft, 'CSeq'), 10));
    if (cseq > highestCseq) return false;
    const headers = this.draft.headers.map((line): HeaderLine => line[0] === 'CSeq' ? ['CSeq', `${cseq} ${this.draft.method}`] : line);
    this.draft = { ...this.draft, headers };
    return true;
  }

  /** The request with an answer to each challenge; each time with a higher count, so that no two are the same. */
  #withCredentials(): Draft {
    const { method, requestUri: uri, headers } = this.draft;
    const lines = [...this.#answers.values()].flatMap((known): readonly HeaderLine[] => {
      const password = signInFor(this.passwords, known.challenge.realm)?.pass;
      if (password === undefined) return [];
      const count = ++known.count;
      const value = respond(known.challenge, { user: known.user, password, method, uri, cnonce: this.host.randomHex(8), count });
      return value === undefined ? [] : [[known.field, value]];
    });
    const behind = headers.findIndex(([name]) => name === 'CSeq') + 1;
    return lines.length === 0 ? this.draft : { ...this.draft, headers: headers.toSpliced(behind, 0, ...lines) };
  }

  #userFor(realm: string): string {
    return signInFor(this.passwords, realm)?.user ?? this.#author;
  }

  /** Who asked and did not ask again was content; without a response nothing is known. */
  #learn({ response }: Outcome): void {
    if (response === undefined || this.#answers.size === 0) return;
    const isRefused = response.status === 401 || response.status === 407;
    this.host.challenges.keep(this.#target, isRefused ? [] : [...this.#answers.values()]);
  }
}

function challengesOf(response: Message): readonly string[] {
  return response.status === 401 ? response.header('WWW-Authenticate') : response.status === 407 ? response.header('Proxy-Authenticate') : [];
}

function keyOf({ field, challenge }: KnownChallenge): string {
  return `${field} ${challenge.realm}`;
}

function valueOf(draft: Draft, name: string): string {
  return draft.headers.find(([field]) => field === name)?.[1] ?? '';
}
