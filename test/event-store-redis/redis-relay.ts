import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { scripts } from '../../packages/event-store-redis/src/scripts.ts';

/** One connection of a client, and the one to Redis that it is passed on to. */
interface Passed {
  readonly client: Socket;
  readonly redis: Socket;
  /** What is held back, in its order; undefined where everything is passed on. */
  held: Buffer[] | undefined;
  /** What comes before the first change is passed on. */
  fromChange: boolean;
}

/** How a call of a script that changes something shows: its digest, or its text. */
const changes = [scripts.put, scripts.del, scripts.replace].flatMap(({ sha, lua }) => [sha, lua]);

function changesIn(bytes: Buffer): number {
  return changes.reduce((sum, change) => sum + bytes.toString('latin1').split(change).length - 1, 0);
}

/**
 * Stands between a store and a Redis as the network does: it can hold back what is sent over the connections that stand, also when
 * their client has long given them up, and deliver it later.
 */
export class RedisRelay {
  readonly #server: Server;
  readonly #passed = new Set<Passed>();

  private constructor(private readonly port: number) {
    this.#server = createServer((client) => { this.#pass(client); });
  }

  static async to(port: number): Promise<RedisRelay> {
    const relay = new RedisRelay(port);
    relay.#server.listen(0, '127.0.0.1');
    await once(relay.#server, 'listening');
    return relay;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Changes that are held back. */
  get heldChanges(): number {
    return [...this.#passed].reduce((sum, { held = [] }) => sum + changesIn(Buffer.concat(held)), 0);
  }

  /**
   * From now on nothing arrives that is sent over the connections that stand, or nothing from the first change on. What this answers
   * delivers it, and resolves when Redis has carried it out.
   */
  hold(what: 'all' | 'from change' = 'all'): () => Promise<void> {
    const held = [...this.#passed];
    for (const one of held) Object.assign(one, { held: [], fromChange: what === 'from change' });
    return async () => { await Promise.all(held.map((one) => this.#deliver(one))); };
  }

  /** The clients lose the connections over which something is held back; that is delivered nevertheless. */
  breakHeld(): void {
    for (const { client, held } of this.#passed) if (held !== undefined) client.destroy();
  }

  async stop(): Promise<void> {
    for (const { client, redis } of this.#passed) for (const socket of [client, redis]) socket.destroy();
    await new Promise((closed) => { this.#server.close(closed); });
  }

  #pass(client: Socket): void {
    const passed: Passed = { client, redis: connect(this.port, '127.0.0.1'), held: undefined, fromChange: false };
    const { redis } = passed;
    this.#passed.add(passed);
    client.on('error', () => undefined).on('data', (bytes: Buffer) => { this.#sent(passed, bytes); });
    client.on('close', () => { if (passed.held === undefined) redis.destroy(); });
    redis.on('error', () => undefined).on('data', (bytes: Buffer) => { if (client.writable) client.write(bytes); });
    redis.on('close', () => {
      client.destroy();
      this.#passed.delete(passed);
    });
  }

  #sent({ redis, held, fromChange }: Passed, bytes: Buffer): void {
    if (held === undefined || (fromChange && held.length === 0 && changesIn(bytes) === 0)) redis.write(bytes);
    else held.push(bytes);
  }

  /** Redis closes the connection when it has carried out everything before the end. */
  async #deliver(passed: Passed): Promise<void> {
    const { client, redis, held = [] } = passed;
    passed.held = undefined;
    for (const bytes of held) redis.write(bytes);
    if (!client.destroyed || redis.destroyed) return;
    const closed = once(redis, 'close');
    redis.end();
    await closed;
  }
}
