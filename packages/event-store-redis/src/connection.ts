import { NksipError } from '@nksip-ts/core';
import { Cluster, type Redis } from 'ioredis';
import { clientFor, mastersOf } from './client.js';
import { ScriptCommand, Sessions, type ScriptCall } from './script-command.js';
import type { Script } from './scripts.js';
import { serverNotes } from './server-notes.js';
import { told, type Checked } from './settings.js';
import { explained, faultOf, isRefusedDatabase, isUnknownScript } from './unavailable.js';

/** Told when Redis is lost, with the reason, and when it is back. */
export type OnChange = (isUp: boolean, reason: string) => void;

/** The connection of a store to a Redis, a Cluster or what Sentinels lead to. It connects again by itself until it is closed. */
export class Connection {
  readonly #settings: Checked;
  readonly #client: Redis | Cluster;
  #lastError: unknown;
  /** The connection is to another database than the one that was named, and about to end. */
  #isElsewhere = false;
  /** From the end of `open` to `close`. */
  #isWatching = false;
  readonly #sessions = new Sessions();
  /** Whether what is asked is gathered, to go out at the end of this turn. */
  #isGathering = false;

  constructor(settings: Checked, onChange: OnChange = () => undefined) {
    this.#settings = settings;
    this.#client = clientFor(settings);
    const failed = (error: unknown): void => {
      this.#lastError = nodeErrorOf(error);
      // Nothing is written to another database than the one that was named.
      this.#isElsewhere ||= isRefusedDatabase(error);
      if (isRefusedDatabase(error)) this.#client.disconnect(true);
    };
    this.#client.on('error', failed).on('node error', failed);
    let wasUp = false;
    this.#client.on('connect', () => { this.#isElsewhere = false; });
    this.#client.on('ready', () => {
      if (this.#isElsewhere) return;
      if (this.#isWatching && !wasUp) onChange(true, told(settings));
      wasUp = true;
    });
    this.#client.on('close', () => {
      if (this.#isWatching && wasUp) onChange(false, this.#reason());
      wasUp = false;
    });
  }

  /** Whether `open` has succeeded. */
  get isOpen(): boolean {
    return this.#isWatching;
  }

  /** Resolves when Redis can be worked with, to what is to be warned of. Rejects with `store_unavailable`, and nothing is left open. */
  async open(): Promise<readonly string[]> {
    const { timeout, tls } = this.#settings;
    let late: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      late = setTimeout(() => reject(new Error(`no answer within ${timeout} ms; it hangs${tls ? ', or does not speak TLS' : ''}`)), timeout);
    });
    try {
      const warnings = await Promise.race([this.#examine(), deadline]);
      this.#isWatching = true;
      return warnings;
    } catch (error) {
      this.#client.disconnect();
      throw new NksipError('store_unavailable', { reason: `Redis at ${told(this.#settings)} (sip_event_store_redis_url): ${explained(this.#lastError ?? error)}` });
    } finally {
      clearTimeout(late);
    }
  }

  /** Throws `store_unavailable` where Redis is not there or cannot do it now, an Error where it refuses. */
  async ask<T>(command: (client: Redis | Cluster) => Promise<T>): Promise<T> {
    if (this.#client.status !== 'ready' || this.#isElsewhere) throw new NksipError('store_unavailable', { reason: `Redis: ${this.#reason()}` });
    this.#gather();
    try {
      return await command(this.#client);
    } catch (error) {
      throw faultOf(error);
    }
  }

  /** What a script that changes nothing answers. */
  read(script: Script, ...keys: readonly string[]): Promise<unknown> {
    return this.ask((client) => this.#run(client, { script, keys, args: [] }));
  }

  /**
   * What a script that changes something answers. Redis does nothing for one that arrives after it was given up, nor for the first one
   * over a connection, whose clock nobody knows yet: nothing was done then, and it is sent once more. Nothing is sent when the timeout
   * is over, so that it ends within twice that. Throws `store_unavailable` where that comes too late as well.
   */
  async change(script: Script, keys: readonly string[], args: ScriptCall['args']): Promise<unknown> {
    const { timeout } = this.#settings;
    const call = { script, keys, args, giveUpAt: performance.now() + timeout };
    for (let attempt = 0; attempt < 2 && performance.now() < call.giveUpAt; attempt++) {
      const result = await this.ask((client) => this.#run(client, call));
      if (result !== undefined) return result;
    }
    throw new NksipError('store_unavailable', { reason: `Redis: a command arrived later than the timeout of ${timeout} ms allows` });
  }

  /** The keys that match a pattern, of all masters, in stretches; one that moves meanwhile may come twice. */
  async *scan(pattern: string): AsyncIterable<readonly string[]> {
    for (const master of await this.ask(async (client) => mastersOf(client))) {
      let cursor = '0';
      do {
        const [next, keys] = await this.ask(() => master.scan(cursor, 'MATCH', pattern, 'COUNT', STRETCH));
        if (keys.length > 0) yield keys;
        cursor = next;
      } while (cursor !== '0');
    }
  }

  /** What was asked before is answered first. */
  async close(): Promise<void> {
    this.#isWatching = false;
    if (this.#client.status === 'ready') await this.#client.quit().catch(() => undefined);
    this.#client.disconnect();
  }

  /** Undefined where Redis did nothing, or was not asked again since it is too late. */
  async #run(client: Redis | Cluster, call: ScriptCall): Promise<unknown> {
    const command = new ScriptCommand(call, this.#sessions);
    try {
      return command.resultOf(await client.sendCommand(command));
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      command.forget();
      if (call.giveUpAt !== undefined && performance.now() >= call.giveUpAt) return undefined;
      const again = new ScriptCommand(call, this.#sessions, 'in full');
      return again.resultOf(await client.sendCommand(again));
    }
  }

  /** What one turn of the event loop asks goes out in one piece. Not in a Cluster, whose connections are many. */
  #gather(): void {
    const client = this.#client;
    if (this.#isGathering || client instanceof Cluster) return;
    this.#isGathering = true;
    const { stream } = client;
    stream.cork();
    setImmediate(() => {
      this.#isGathering = false;
      stream.uncork();
    });
  }

  async #examine(): Promise<readonly string[]> {
    await this.#client.connect();
    const warnings = new Set<string>();
    const inCluster = this.#client instanceof Cluster;
    for (const master of mastersOf(this.#client)) {
      const { fault, warning } = serverNotes(await infoOf(master), inCluster);
      if (fault !== undefined) throw new Error(fault);
      if (warning !== undefined) warnings.add(warning);
      if (inCluster && String(await master.cluster('INFO')).includes('cluster_state:fail')) throw new Error('the state of the Cluster is not ok: not every slot is served');
    }
    return [...warnings];
  }

  #reason(): string {
    return this.#lastError === undefined ? `no connection to ${told(this.#settings)}` : explained(this.#lastError);
  }
}

/** What one node said, where a Cluster says that none can be reached. */
function nodeErrorOf(error: unknown): unknown {
  return (error instanceof Error && 'lastNodeError' in error ? error.lastNodeError : undefined) ?? error;
}

/** Keys of one step of SCAN. */
const STRETCH = 100;

/** Empty where the user may not ask. */
async function infoOf(server: Redis): Promise<string> {
  return server.info().catch((error: unknown) => {
    if (error instanceof Error && error.message.startsWith('NOPERM')) return '';
    throw error;
  });
}
