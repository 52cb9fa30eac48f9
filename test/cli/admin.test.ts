import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { objects } from '@nksip-ts/admin';
import { expect } from 'chai';
import { EventStream } from '../admin/event-stream.ts';
import { publishText } from '../kit/request-text.ts';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { UdpPeer } from '../wire/peers.ts';
import { Command, inEnvironment, run } from './command.ts';

const TOKEN = 'a-token-that-nobody-guesses';
const authorization = `Bearer ${TOKEN}`;

interface Served {
  readonly command: Command;
  /** Where it listens for SIP over UDP. */
  readonly sip: string;
  readonly page: string;
  ask(path: string, method?: string, body?: object): Promise<Response>;
}

async function served(...args: readonly string[]): Promise<Served> {
  const command = await inEnvironment({ NKSIP_TS_SIP_ADMIN_TOKEN: TOKEN }, async () => new Command('serve', '--listen', 'sip:127.0.0.1:0', '--admin', '127.0.0.1:0', ...args));
  const [, sip = '', page = ''] = await command.printed(/ready on (sip:[\d.:]+).*its page is (http:\S+)/);
  return {
    command, sip, page,
    ask: (path, method = 'GET', body) => fetch(new URL(path, page), { method, headers: { authorization, 'content-type': 'application/json' }, ...(body !== undefined && { body: JSON.stringify(body) }) }),
  };
}

async function publish({ sip }: Served, ...users: readonly string[]): Promise<void> {
  const peer = await UdpPeer.open(Number(/:(\d+)$/.exec(sip)?.[1]));
  try {
    for (const user of users) expect((await peer.ask(publishText({ port: peer.port, uri: sip.replace(/^sip:(.*):\d+$/, `sip:${user}@$1`), body: 'hello', expires: 600, headers: ['Content-Type: text/plain'] }))).code).to.equal(200);
  } finally {
    peer.close();
  }
}

describe('serve --admin', function () {
  this.timeout(30_000);

  it('serves a page where it is told, with the token of the environment, and nothing unasked', async () => {
    await using plain = new Command('serve', '--listen', 'sip:127.0.0.1:0');
    await plain.printed(/is ready/);
    expect(plain.out).not.to.include('page');
    const one = await served();
    await using _ = one.command;
    expect((await one.ask('/ready')).status).to.equal(200);
    await publish(one, 'alice');
    const uri = encodeURIComponent(one.sip.replace('sip:', 'sip:alice@').replace(/:\d+$/, ''));
    expect((await one.ask(`/api/addresses/${uri}`, 'DELETE')).status).to.equal(204);
    const info = objects.serviceInfo.parse(await (await one.ask('/api/service')).json());
    expect(info.plugins).to.include.members(['event-compositor', 'event-notifier', 'registrar', 'admin']);
    expect(info.options).to.include({ sip_admin_token: '********' });
  });

  it('--set sip_admin_listen loads it, too; beyond loopback it wants a token, and check says so', async () => {
    const { code, err } = await run('check', '--set', 'sip_admin_listen=0.0.0.0:8088');
    expect(code).to.equal(1);
    expect(err).to.include('sip_admin_token');
    expect((await run('check', '--admin')).code).to.equal(0);
    expect((await run('check', '--admin', 'nowhere')).err).to.include('HOST:PORT');
    expect((await run('check', '--admin', '--set', 'sip_admin_listen=127.0.0.1:1')).err).to.include('--admin and --set sip_admin_listen');
  });

  it('the log level, a reload and a drain can be asked for', async () => {
    const folder = temporaryFolder('desk');
    const file = join(folder, 'config.json');
    writeFileSync(file, JSON.stringify({ sip_events: 'nkpublish' }));
    try {
      const one = await served('--config', file);
      await using _ = one.command;
      expect((await one.ask('/api/log-level', 'PUT', { level: 'debug' })).status).to.equal(204);
      expect(await (await one.ask('/api/service')).json()).to.have.property('log_level', 'debug');
      writeFileSync(file, JSON.stringify({ sip_events: 'presence', log_level: 'debug' }));
      expect(await (await one.ask('/api/reload', 'POST')).json()).to.have.property('changed').that.includes('sip_events');
      writeFileSync(file, '{');
      const failed = await one.ask('/api/reload', 'POST');
      expect([failed.status, await failed.text()]).to.satisfy(([status, text]: [number, string]) => status === 409 && text.includes('config.json'));
      expect((await one.ask('/api/drain', 'POST')).status).to.equal(202);
      expect(await one.command.exited()).to.equal(0);
    } finally {
      removeFolder(folder);
    }
  });

  it('with several workers the first process serves it, and sums up what its workers tell', async () => {
    const folder = temporaryFolder('desk');
    try {
      const one = await served('--workers', '2', '--set', 'plugins=event-compositor,event-store-lmdb,registrar', '--set', `sip_event_store_lmdb_path=${join(folder, 'db')}`);
      await using _ = one.command;
      const info = objects.serviceInfo.parse(await (await one.ask('/api/service')).json());
      expect(info.workers).to.have.length(2);
      expect(info.workers.map(({ pid }) => pid)).not.to.include(info.pid);
      const events = await EventStream.open(one.page, { authorization });
      objects.usage.parse((await events.next(({ event }) => event === 'sample')).data);
      await publish(one, ...Array.from({ length: 6 }, (_one, at) => `user${at}`));
      expect((await events.next(({ event }) => event === 'publication')).data).to.include({ kind: 'published' });
      events.close();
      const first = objects.pageOf(objects.publication).parse(await (await one.ask('/api/publications?limit=4')).json());
      const second = objects.pageOf(objects.publication).parse(await (await one.ask(`/api/publications?limit=4&after=${first.next}`)).json());
      expect([...first.items, ...second.items]).to.have.length(6);
      const metrics = await (await one.ask('/metrics')).text();
      expect(metrics).to.match(/nksip_requests_total\{method="PUBLISH",event="nkpublish",kind="initial",code="200",service="nksip-ts"\} 6/);
      expect(metrics).to.match(/nksip_publications\{service="nksip-ts"\} 6/);
      expect(objects.refusals.parse(await (await one.ask('/api/refusals')).json())).to.deep.equal({ items: [], dropped: 0 });
      expect((await one.ask('/api/log-level', 'PUT', { level: 'warn' })).status).to.equal(204);
      expect((await one.ask('/api/drain', 'POST')).status).to.equal(202);
      expect(await one.command.exited()).to.equal(0);
    } finally {
      removeFolder(folder);
    }
  });
});
