import { RedisServer, until } from './redis-servers.ts';

const SLOTS = 16_384;

/** A Redis Cluster of a test's own: masters, and as many replicas. */
export class RedisCluster {
  private constructor(readonly masters: readonly RedisServer[], readonly replicas: readonly RedisServer[]) {}

  static async start({ size = 3, nodeTimeout = 1000 }: { readonly size?: number; readonly nodeTimeout?: number } = {}): Promise<RedisCluster> {
    const args = ['--cluster-enabled', 'yes', '--cluster-node-timeout', String(nodeTimeout), '--cluster-replica-validity-factor', '0', '--repl-diskless-sync-delay', '0'];
    const servers = await Promise.all(Array.from({ length: 2 * size }, () => RedisServer.start({ args })));
    const cluster = new RedisCluster(servers.slice(0, size), servers.slice(size));
    try {
      await cluster.#join();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  get servers(): readonly RedisServer[] {
    return [...this.masters, ...this.replicas];
  }

  /** For the options of the store: the URL, and the others as nodes. */
  get settings(): { readonly url: string; readonly nodes: readonly string[] } {
    const [first, ...others] = this.servers;
    return { url: first?.url ?? '', nodes: others.map(({ address }) => address) };
  }

  /** The slot of a key, and the place among the masters of the one that has it at first. */
  async holderOf(key: string): Promise<{ readonly slot: number; readonly place: number }> {
    const slot = Number(await this.masters[0]?.ask('CLUSTER', 'KEYSLOT', key));
    return { slot, place: this.masters.findIndex((_, n) => slot < this.#firstSlot(n + 1)) };
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  #firstSlot(n: number): number {
    return Math.floor(n * SLOTS / this.masters.length);
  }

  async #join(): Promise<void> {
    const { masters, replicas, servers } = this;
    for (const [n, master] of masters.entries()) {
      await master.ask('CLUSTER', 'SET-CONFIG-EPOCH', n + 1);
      await master.ask('CLUSTER', 'ADDSLOTSRANGE', this.#firstSlot(n), this.#firstSlot(n + 1) - 1);
    }
    for (const server of servers.slice(1)) await server.ask('CLUSTER', 'MEET', '127.0.0.1', servers[0]?.port ?? 0);
    const ids = await Promise.all(masters.map(async (master) => String(await master.ask('CLUSTER', 'MYID'))));
    for (const [n, replica] of replicas.entries()) {
      const id = ids[n] ?? '';
      await until(async () => String(await replica.ask('CLUSTER', 'NODES')).includes(id));
      await replica.ask('CLUSTER', 'REPLICATE', id);
    }
    for (const server of servers) await until(async () => isWhole(String(await server.ask('CLUSTER', 'INFO')), String(await server.ask('CLUSTER', 'NODES')), servers.length));
    for (const replica of replicas) await until(async () => String(await replica.ask('INFO', 'replication')).includes('master_link_status:up'));
  }
}

function isWhole(info: string, nodes: string, count: number): boolean {
  return info.includes('cluster_state:ok') && nodes.trim().split('\n').filter((line) => line.endsWith('connected') || / connected /.test(line)).length === count
    && nodes.split('slave').length - 1 === count / 2;
}
