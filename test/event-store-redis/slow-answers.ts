import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Stands between a store and a Redis: what Redis answers comes as late as it is told. */
export class SlowAnswers {
  /** Milliseconds. */
  delay = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(port: number) {
    this.#server = createServer((client) => {
      const redis = connect(port, '127.0.0.1');
      client.pipe(redis);
      redis.on('data', (bytes) => { setTimeout(() => client.write(bytes), this.delay); });
      for (const [one, other] of [[client, redis], [redis, client]] as const) {
        this.#sockets.add(one);
        one.on('error', () => undefined).on('close', () => other.destroy());
      }
    });
  }

  static async of(port: number): Promise<SlowAnswers> {
    const slow = new SlowAnswers(port);
    slow.#server.listen(0, '127.0.0.1');
    await once(slow.#server, 'listening');
    return slow;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((closed) => { this.#server.close(closed); });
  }
}
