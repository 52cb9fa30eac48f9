import { once } from 'node:events';
import { get, type IncomingMessage, type ServerResponse } from 'node:http';
import { expect } from 'chai';
import sinon from 'sinon';
import type { Desk } from '../../packages/admin/src/contract/desk.ts';
import type { Batch } from '../../packages/admin/src/contract/feed.ts';
import { EventReaders } from '../../packages/admin/src/http/event-readers.ts';
import { DeskServer } from '../../packages/admin/src/http/server.ts';
import { closeAll, later } from '../wire/running.ts';
import { desk, publish } from './desk.ts';
import { EventStream } from './event-stream.ts';

/** As many as may read at a time, and as many as are refused. */
const MOST = 64;
const REFUSED = 936;

interface Followed {
  readonly usage: sinon.SinonStub;
  readonly follow: sinon.SinonStub;
  readonly stopped: sinon.SinonStub;
}

/** What readers ask of a desk, counted. */
function counted(): Followed {
  const stopped = sinon.stub();
  return { usage: sinon.stub().resolves({}), follow: sinon.stub().returns(stopped), stopped };
}

/** Asks for the events, in a connection of its own. */
async function asked(url: string): Promise<IncomingMessage> {
  const [response] = await once(get(new URL('/api/events', url), { agent: false }), 'response') as [IncomingMessage];
  return response;
}

/** Sockets of this process, of both sides of a connection. */
function sockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}

describe('a thousand who want to read events, counted', function () {
  this.timeout(30_000);

  afterEach(async () => {
    sinon.restore();
    await closeAll();
  });

  it('CWE-400 those who are refused get a 503 and leave nothing behind: no socket, no question to the service, and the place of who leaves is free', async () => {
    // The samples of each second are not what is counted.
    sinon.useFakeTimers({ toFake: ['setInterval'] });
    const { usage, follow, stopped } = counted();
    const server = await DeskServer.listen({ desk: { usage, follow } as unknown as Desk, version: '0', fault: (error) => { throw error; }, access: { token: () => undefined, hosts: () => [] } }, { host: '127.0.0.1', port: 0 });
    later(() => server.close());
    const before = sockets();
    const readers = await Promise.all(Array.from({ length: MOST }, () => asked(server.url)));
    expect(readers.map(({ statusCode }) => statusCode)).to.deep.equal(Array.from({ length: MOST }, () => 200));
    for (const reader of readers) reader.on('error', () => undefined).resume();
    const asleep = { sockets: sockets(), usage: usage.callCount, follow: follow.callCount };
    expect(asleep).to.deep.equal({ sockets: before + 2 * MOST, usage: MOST, follow: 1 });
    for (let refused = 0; refused < REFUSED; refused += 72) {
      const answers = await Promise.all(Array.from({ length: 72 }, () => asked(server.url)));
      expect(new Set(answers.map(({ statusCode, headers }) => `${statusCode} ${headers['retry-after']}`))).to.deep.equal(new Set(['503 10']));
      for (const answer of answers) answer.destroy();
    }
    await until(() => sockets() <= asleep.sockets);
    expect({ sockets: sockets(), usage: usage.callCount, follow: follow.callCount }).to.deep.equal(asleep);
    readers[0]?.destroy();
    await until(() => sockets() === asleep.sockets - 2);
    const next = await asked(server.url);
    expect(next.statusCode).to.equal(200);
    expect(stopped.callCount).to.equal(0);
    for (const reader of [...readers, next]) reader.destroy();
    await until(() => stopped.callCount > 0 && sockets() === before);
    expect([stopped.callCount, follow.callCount]).to.deep.equal([1, 1]);
  });

  it('CWE-400 what is told is made into bytes once, and each reader is given the same ones', () => {
    let tell: (batch: Batch) => void = () => undefined;
    const readers = new EventReaders({ usage: () => new Promise(() => undefined), follow: (told) => {
      tell = told;
      return () => undefined;
    } }, () => undefined);
    const written: unknown[] = [];
    for (let i = 0; i < MOST; i++) readers.add({ writableLength: 0, on: () => undefined, once: () => undefined, destroy: () => undefined, write: (bytes: unknown) => written.push(bytes) } as unknown as ServerResponse);
    expect(() => { readers.check(); }).to.throw(String(MOST));
    tell({ frames: 'event: publication\ndata: {}\n\n', many: 1, dropped: 0 });
    readers.close();
    expect(written).to.have.length(MOST);
    expect(new Set(written).size).to.equal(1);
  });

  it('CWE-400 an event is put into words once for all of them: as often for 64 readers as for one', async () => {
    const words: number[] = [];
    for (const many of [1, MOST]) {
      const one = await desk();
      const streams = await Promise.all(Array.from({ length: many }, () => EventStream.open(one.url)));
      for (const stream of streams) later(() => { stream.close(); });
      const stringify = sinon.spy(JSON, 'stringify');
      for (let user = 0; user < 20; user++) await publish(one, `user${user}`, 'here');
      await Promise.all(streams.map((stream) => stream.next(({ event, data }) => event === 'publication' && data['uri'] === 'sip:user19@example.com')));
      words.push(stringify.args.filter(([value]) => (value as { readonly kind?: unknown } | undefined)?.kind === 'published').length);
      stringify.restore();
    }
    expect(words).to.deep.equal([20, 20]);
  });
});
