import { expect } from 'chai';
import { requireTool } from '../clients/tools.ts';
import { RedisServer } from '../event-store-redis/redis-servers.ts';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { Command, run } from './command.js';

describe('nksip-ts serve that is killed', function () {
  this.timeout(60_000);

  /** Registers three phones, kills the server at once after the last answer, and asks the next one. */
  async function survives(...store: readonly string[]): Promise<void> {
    const begin = async (): Promise<{ readonly server: Command; readonly port: string }> => {
      const server = new Command('serve', '--listen', 'sip:127.0.0.1:0', ...store);
      const [, port = ''] = await server.printed(/ready on sip:127\.0\.0\.1:(\d+)/);
      return { server, port };
    };
    const contacts = ['sip:alice@192.0.2.1', 'sip:alice@192.0.2.2', 'sip:alice@192.0.2.3'];
    const first = await begin();
    for (const contact of contacts) expect((await run('register', `sip:alice@127.0.0.1:${first.port}`, '--contact', contact)).code).to.equal(0);
    // SIGKILL.
    await first.server[Symbol.asyncDispose]();
    const second = await begin();
    await using _ = second.server;
    const { out } = await run('register', `sip:alice@127.0.0.1:${second.port}`, '--query');
    expect([...out.matchAll(/<([^>]*)>/g)].map(([, contact]) => contact).sort()).to.deep.equal(contacts);
  }

  it('RFC 3261 10.3 step 8 has the registrations that it answered 200, with LMDB', async () => {
    const folder = temporaryFolder('killed');
    try {
      await survives('--set', 'plugins=event-compositor,registrar,event-store-lmdb', '--set', `sip_event_store_lmdb_path=${folder}`);
    } finally {
      removeFolder(folder);
    }
  });

  it('RFC 3261 10.3 step 8 has the registrations that it answered 200, with Redis', async function () {
    requireTool(this, 'redis-server', 'redis-server');
    const redis = await RedisServer.start();
    try {
      await survives('--set', 'plugins=event-compositor,registrar,event-store-redis', '--set', `sip_event_store_redis_url=${redis.url}`);
    } finally {
      await redis.stop();
    }
  });
});
