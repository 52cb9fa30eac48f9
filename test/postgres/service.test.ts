import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { start, uac, type Service } from '@nksip-ts/core';
import { expect } from 'chai';
import { root } from '../../docs/generator/pages.ts';
import { PostgresServer } from './postgres-server.ts';

const fromSource = ['--import', pathToFileURL(join(root, 'node_modules/tsx/dist/loader.mjs')).href, '-C', '@nksip-ts/source'];

/** A process of the example, and somebody who publishes to it over UDP. */
class Example {
  readonly #child: ChildProcess;

  constructor(url: string) {
    const args = [...fromSource, 'examples/postgres-store/server.ts', 'sip:127.0.0.1:0', url, 'a secret of the tests'];
    this.#child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] });
  }

  async port(): Promise<string> {
    for await (const line of createInterface({ input: this.#child.stdout! })) {
      const port = /:(\d+);transport=udp/.exec(line)?.[1];
      if (port !== undefined) return port;
    }
    throw new Error('the example does not start');
  }

  async end(signal: NodeJS.Signals): Promise<unknown> {
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    return (await ended)[0];
  }
}

describe('The service of the examples on PostgreSQL', function () {
  this.timeout(30_000);
  this.slow(5_000);
  let server: PostgresServer | undefined;
  let client: Service;
  let example: Example;
  let port: string;

  const publish = (options: { readonly body?: string; readonly sip_if_match?: string }) =>
    uac.publish(client, `sip:alice@127.0.0.1:${port}`, { event: 'nkpublish', ...options });
  const begin = async (): Promise<void> => {
    example = new Example(server?.url ?? '');
    port = await example.port();
  };

  before(async function () {
    server = await PostgresServer.started(this);
    client = await start('publisher', { log_level: 'silent' });
    await begin();
  });

  after(async () => {
    await example?.end('SIGKILL');
    await client?.stop();
    await server?.[Symbol.asyncDispose]();
  });

  it('keeps what is published over UDP when its process is killed', async () => {
    const { code, meta } = await publish({ body: 'state' });
    expect(code).to.equal(200);
    await example.end('SIGKILL');
    await begin();
    const refreshed = await publish({ sip_if_match: String(meta.sip_etag) });
    expect(refreshed.code).to.equal(200);
    expect((await publish({ sip_if_match: String(meta.sip_etag) })).code, 'the old tag').to.equal(412);
  });

  it('answers 503 with Retry-After in time while the database is down, and heals', async () => {
    const { meta } = await publish({ body: 'state' });
    await server?.crash();
    const began = Date.now();
    const refused = await publish({ body: 'state' });
    expect([refused.code, refused.response?.header('Retry-After')]).to.deep.equal([503, ['10']]);
    expect(Date.now() - began).to.be.below(5_000);
    await server?.start();
    expect((await publish({ sip_if_match: String(meta.sip_etag) })).code).to.equal(200);
  });

  it('ends on SIGTERM', async () => {
    expect(await example.end('SIGTERM')).to.equal(0);
    await begin();
  });
});
