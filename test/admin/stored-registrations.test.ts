import { objects } from '@nksip-ts/admin';
import '@nksip-ts/event-notifier';
import '@nksip-ts/event-store-lmdb';
import '@nksip-ts/event-store-redis';
import '@nksip-ts/registrar';
import { expect } from 'chai';
import sinon from 'sinon';
import { commandAt } from '../cli/command-here.ts';
import { requireTool } from '../clients/tools.ts';
import { RedisServer } from '../event-store-redis/redis-servers.ts';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { registerText } from '../registrar/register-text.ts';
import { closeAll, later } from '../wire/running.ts';
import { desk, publish, type DeskClient } from './desk.ts';

type Registration = ReturnType<typeof objects.registration.parse>;

interface Listed {
  readonly items: readonly Registration[];
  readonly next: string | null;
}

const path = ['Supported: path', 'Path: <sip:edge.example.com;lr>'];

async function register({ peer }: DeskClient, user: string, contact: string | readonly string[], headers: readonly string[] = []): Promise<void> {
  const { code } = await peer.ask(registerText({ to: `<sip:${user}@example.com>`, from: `<sip:${user}@example.com>;tag=1`, contact, expires: 600, headers }));
  expect(code).to.equal(200);
}

/** What is asked of a desk whose service keeps registrations elsewhere. `counted`: how many addresses it says there are. */
function listsThem(opened: () => Promise<DeskClient>, counted: number | null): void {
  const contactsOf = ({ items }: Listed): readonly string[] => items.map(({ contact }) => contact);

  it('RFC 3327 GET /api/registrations lists contacts with instance and path, of all, of an address, by its beginning, and no publication', async () => {
    const one = await opened();
    await register(one, 'alice', ['<sip:alice@192.0.2.1>;q=0.5;+sip.instance="<urn:uuid:1>"', '<sip:alice@192.0.2.2>'], path);
    await register(one, 'bob', '<sip:bob@192.0.2.3>');
    await publish(one, 'carol', 'here');
    const all = await one.get<Listed>('/api/registrations');
    objects.pageOf(objects.registration).parse(all);
    expect(contactsOf(all)).to.have.members(['sip:alice@192.0.2.1', 'sip:alice@192.0.2.2', 'sip:bob@192.0.2.3']);
    expect(all.items.find(({ contact }) => contact === 'sip:alice@192.0.2.1')).to.deep.include({ uri: 'sip:alice@example.com', instance: '<urn:uuid:1>', q: 0.5, path: ['<sip:edge.example.com;lr>'] });
    expect(all.items[0]?.expires_in).to.be.within(590, 600);
    for (const query of ['uri=sip:bob@example.com', 'prefix=sip:bo', 'prefix=bo']) expect(contactsOf(await one.get<Listed>(`/api/registrations?${query}`)), query).to.deep.equal(['sip:bob@192.0.2.3']);
    expect((await one.get<{ readonly counts: object }>('/api/usage')).counts).to.include({ registrations: counted });
    expect((await one.get<{ readonly items: readonly object[] }>('/api/publications')).items).to.have.length(1);
  });

  it('GET /api/registrations gives a page at a time, each contact once', async () => {
    const one = await opened();
    for (let i = 0; i < 25; i++) await register(one, `phone${i}`, `<sip:phone${i}@192.0.2.1>`);
    const found: string[] = [];
    for (let after: string | null = ''; after !== null;) {
      const page: Listed = await one.get<Listed>(`/api/registrations?limit=10${after === '' ? '' : `&after=${after}`}`);
      expect(page.items.length).to.be.at.most(10);
      found.push(...contactsOf(page));
      after = page.next;
    }
    expect(found).to.have.members(Array.from({ length: 25 }, (_, i) => `sip:phone${i}@192.0.2.1`));
  });

  it('an address opens to its contacts, and stands among the addresses', async () => {
    const one = await opened();
    await register(one, 'alice', ['<sip:alice@192.0.2.1>', '<sip:alice@192.0.2.2>']);
    await publish(one, 'alice', 'here');
    await register(one, 'bob', '<sip:bob@192.0.2.3>');
    const address = objects.address.parse(await one.get(`/api/addresses/${encodeURIComponent('sip:alice@example.com')}`));
    expect(address.registrations.map(({ contact }) => contact)).to.have.members(['sip:alice@192.0.2.1', 'sip:alice@192.0.2.2']);
    expect((await one.get<{ readonly items: readonly object[] }>('/api/addresses')).items).to.have.deep.members([
      { uri: 'sip:alice@example.com', publications: 1, watchers: 0, registrations: 2 },
      { uri: 'sip:bob@example.com', publications: 0, watchers: 0, registrations: 1 },
    ]);
  });

  it('nksip-ts list and show tell of them', async () => {
    const one = await opened();
    await register(one, 'alice', '<sip:alice@192.0.2.1>;+sip.instance="<urn:uuid:1>"', path);
    await register(one, 'bob', '<sip:bob@192.0.2.3>');
    const ask = commandAt(one.url);
    expect((await ask('list', '--registrations')).out).to.match(/^ADDRESS +CONTACT +FROM +LEFT\n(?:sip:(\w+)@example\.com +sip:\1@192\.0\.2\.\d +(?:udp:127\.0\.0\.1:\d+ +)?\d+ min \d\d s\n){2}$/);
    const [line, ...rest] = (await ask('list', '--registrations', '--prefix', 'ali', '--json')).out.split('\n');
    expect(JSON.parse(line ?? '')).to.include({ uri: 'sip:alice@example.com', contact: 'sip:alice@192.0.2.1', instance: '<urn:uuid:1>' });
    expect(rest).to.deep.equal(['']);
    expect((await ask('list', 'sip:bob@example.com', '--registrations')).out.split('\n')[1]).to.match(/ sip:bob@192\.0\.2\.3 +udp:127\.0\.0\.1:\d+ /);
    expect((await ask('list', '--addresses')).out).to.match(/^sip:alice@example\.com +0 +0 +1$/m);
    expect((await ask('show', 'sip:alice@example.com')).out).to.match(/^Registered \(1\)\n {2}sip:alice@192\.0\.2\.1, \d+ min \d\d s left\n {4}<urn:uuid:1>, path <sip:edge\.example\.com;lr>$/m);
  });
}

const plugins = ['event-compositor', 'event-notifier', 'registrar', 'admin'] as const;

describe('registrations at the desk', function () {
  this.timeout(30_000);

  afterEach(async () => {
    sinon.restore();
    await closeAll();
  });

  describe('in RAM', () => {
    listsThem(() => desk({ plugins }), 2);
  });

  describe('in LMDB', () => {
    listsThem(() => {
      const folder = temporaryFolder('desk-lmdb');
      later(() => { removeFolder(folder); });
      return desk({ plugins: [...plugins, 'event-store-lmdb'], sip_event_store_lmdb_path: folder });
    }, 2);
  });

  describe('in Redis', () => {
    let server: RedisServer | undefined;
    let many = 0;

    before(async function () {
      requireTool(this, 'redis-server', 'redis-server');
      server = await RedisServer.start();
    });
    after(() => server?.stop());

    // Redis counts no keys by how they begin.
    listsThem(() => desk({ plugins: [...plugins, 'event-store-redis'], sip_event_store_redis_url: server?.url, sip_event_store_redis_prefix: `desk${++many}` }), null);
  });
});
