import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from '../cli/command.ts';
import { RedisServer } from '../event-store-redis/redis-servers.ts';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { later } from '../wire/running.ts';
import { kamailioProxy } from './kamailio.ts';

export interface Node {
  /** Address and port. */
  readonly at: string;
  /** At once, as kill -9 does. */
  kill(): Promise<void>;
}

/** Two nodes with one Redis, and before them the Kamailio of examples/operations/kamailio.cfg at `port`, for alice, bob and these users. Ended after the test. */
export async function nodesAndProxy(transport: string, users: readonly string[] = []): Promise<{ readonly port: number; readonly nodes: readonly Node[] }> {
  const redis = await RedisServer.start();
  later(() => redis.stop());
  // By its address the proxy knows who is a node: any other than that of the phones.
  const nodes = await Promise.all(['127.0.0.11', '127.0.0.12'].map((address) => startNode(nodeFile(redis, address))));
  return { nodes, port: await kamailioProxy(nodes.map(({ at }) => `sip:${at};transport=${transport}`), users) };
}

/** As examples/operations/kamailio-node.mjs has it. */
function nodeFile(redis: RedisServer, address: string): string {
  const folder = temporaryFolder('node');
  later(() => { removeFolder(folder); });
  const file = join(folder, 'node.mjs');
  const text = readFileSync(join(import.meta.dirname, '../../examples/operations/kamailio-node.mjs'), 'utf8');
  writeFileSync(file, text.replaceAll('192.0.2.11:5060', `${address}:0`).replaceAll('192.0.2.1', '127.0.0.1').replaceAll('example.com', '127.0.0.1').replace('redis://192.0.2.20:6379', redis.url));
  return file;
}

async function startNode(file: string): Promise<Node> {
  const server = new Command('serve', '--config', file, '--set', 'sip_event_notifier_default_decision=allow', '--set', 'sip_event_notifier_min_interval=0');
  const end = (): Promise<void> => server[Symbol.asyncDispose]();
  later(end);
  const [, at = ''] = await server.printed(/ready on sip:([\d.:]+);/);
  return { at, kill: end };
}
