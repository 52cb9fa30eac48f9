import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** One connection of a client, and the one to Redis that it is passed on to. */
interface Passed {
  readonly client: Socket;
  readonly redis: Socket;
  /** What is held back, in its order; undefined where everything is passed on. */
  held: Buffer[] | undefined;
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

  /** From now on nothing arrives that is sent over the connections that stand. What this answers delivers it, and resolves when Redis has read it. */
  hold(): () => Promise<void> {
    const held = [...this.#passed];
    for (const one of held) one.held ??= [];
    return async () => { await Promise.all(held.map((one) => this.#deliver(one))); };
  }

  async stop(): Promise<void> {
    for (const { client, redis } of this.#passed) for (const socket of [client, redis]) socket.destroy();
    await new Promise((closed) => { this.#server.close(closed); });
  }

  #pass(client: Socket): void {
    const passed: Passed = { client, redis: connect(this.port, '127.0.0.1'), held: undefined };
    const { redis } = passed;
    this.#passed.add(passed);
    client.on('error', () => undefined).on('data', (bytes: Buffer) => { if (passed.held?.push(bytes) === undefined) redis.write(bytes); });
    client.on('close', () => { if (passed.held === undefined) redis.destroy(); });
    redis.on('error', () => undefined).on('data', (bytes: Buffer) => { if (client.writable) client.write(bytes); });
    redis.on('close', () => {
      client.destroy();
      this.#passed.delete(passed);
    });
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
