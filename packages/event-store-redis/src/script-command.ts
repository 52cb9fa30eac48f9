import { Command } from 'ioredis';
import { RedisClock } from './redis-clock.js';
import type { Script } from './scripts.js';

/** What is known of one connection: it is another Redis, or another clock, each time. */
class Session {
  readonly clock = new RedisClock();
  /** Digests of the scripts that Redis has been sent over it. */
  readonly loaded = new Set<string>();
}

/** What is known of each connection, as long as there is that connection. */
export class Sessions {
  readonly #ofSockets = new WeakMap<object, Session>();

  of(socket: object): Session {
    const known = this.#ofSockets.get(socket) ?? new Session();
    this.#ofSockets.set(socket, known);
    return known;
  }
}

/** What a script is called with. */
export interface ScriptCall {
  readonly script: Script;
  readonly keys: readonly string[];
  /** Behind the deadline. */
  readonly args: readonly (string | number | Buffer)[];
  /** When nobody waits for it any more, by `performance.now()`; absent for what changes nothing. */
  readonly giveUpAt?: number;
}

/** Where the arguments stand: digest, number of keys, keys, deadline. */
const TEXT_AT = 0;
const KEYS_AT = 2;

/**
 * A script on its way. Which connection it takes shows only when it is written, and a Cluster may have it written again over another
 * one: the deadline is reckoned then, by the clock of the Redis at the other end. While nothing is known of that clock the deadline
 * is 0: nothing is done, and the answer tells the time.
 */
export class ScriptCommand extends Command {
  readonly #inFull: boolean;
  readonly #call: ScriptCall;
  readonly #sessions: Sessions;
  #session: Session | undefined;
  #sent = 0;

  /** `inFull`: the script itself is sent, whatever Redis has been sent before. */
  constructor(call: ScriptCall, sessions: Sessions, inFull?: 'in full') {
    const { script, keys, args } = call;
    super('evalsha', [script.sha, keys.length, ...keys, ...(call.giveUpAt === undefined ? [] : [0]), ...args], { replyEncoding: 'utf8' });
    this.#call = call;
    this.#sessions = sessions;
    this.#inFull = inFull !== undefined;
  }

  override toWritable(socket: object): string | Buffer {
    const { script, keys, giveUpAt } = this.#call;
    const session = this.#session = this.#sessions.of(socket);
    const isLoaded = !this.#inFull && session.loaded.has(script.sha);
    session.loaded.add(script.sha);
    this.name = isLoaded ? 'evalsha' : 'eval';
    this.args[TEXT_AT] = isLoaded ? script.sha : script.lua;
    if (giveUpAt !== undefined) this.args[KEYS_AT + keys.length] = String(session.clock.at(giveUpAt));
    this.#sent = performance.now();
    return super.toWritable(socket);
  }

  /** Takes the time of Redis out of an answer; undefined where there is nothing else in it, since the deadline was over. */
  resultOf(answer: unknown): unknown {
    const [time, result]: readonly unknown[] = Array.isArray(answer) ? answer : [];
    if (typeof time === 'number') this.#session?.clock.told(time, this.#sent, performance.now());
    return result;
  }

  /** Redis has forgotten the script, or never run it. */
  forget(): void {
    this.#session?.loaded.delete(this.#call.script.sha);
  }
}
