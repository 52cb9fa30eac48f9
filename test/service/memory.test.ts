import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { totalmem } from 'node:os';
import { constrainedMemory } from 'node:process';
import { getHeapStatistics } from 'node:v8';
import { update, type Service } from '@nksip-ts/core';
import '@nksip-ts/event-compositor';
import { find, list } from '@nksip-ts/event-compositor';
import { expect } from 'chai';
import { fresh, publishText, requestText } from '../kit/request-text.ts';
import { heldBytes } from '../wire/held-bytes.ts';
import { closeAll, later, LogRecorder, portOf, running } from '../wire/running.ts';
import { loggerTo } from '../kit/loggers.ts';

const limit = 16 * 1024 * 1024;

/** A body of the event package nkpublish, which takes any. */
const large = 'x'.repeat(16_384);

const compositor = (options: Readonly<Record<string, unknown>>): Promise<Service> => running({ plugins: ['event-compositor'], sip_events: 'nkpublish', ...options });

/** Publishes to new addresses until one is refused; answers the tags and how many there were. */
async function fill(service: Service, body = large): Promise<{ readonly user: string; readonly tag: string }[]> {
  const stored: { user: string; tag: string }[] = [];
  for (;;) {
    const user = fresh('user');
    const response = await service.inject(publishText({ uri: `sip:${user}@example.com`, expires: 600, body }));
    if (response?.code !== 200) {
      expect([response?.code, response?.header('Retry-After')]).to.deep.equal([503, ['5']]);
      return stored;
    }
    stored.push({ user, tag: response.header('SIP-ETag')[0] ?? '' });
  }
}

function dialed(port: number): Socket {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined).resume();
  later(() => socket.destroy());
  return socket;
}

async function counted(service: Service): Promise<number> {
  let count = 0;
  for await (const _ of list(service)) count++;
  return count;
}

describe('sip_max_memory', () => {
  afterEach(closeAll);

  it('refuses initial publications with 503 and Retry-After where it runs short; what is stored stays, and goes on', async () => {
    const service = await compositor({ sip_max_memory: limit });
    const stored = await fill(service);
    expect(stored.length).to.be.within(500, 900);
    expect(service.usage().used).to.be.within(0.7 * limit, limit);
    expect(await counted(service)).to.equal(stored.length);
    const [first] = stored;
    const code = async (text: string): Promise<number | undefined> => (await service.inject(text))?.code;
    expect(await code(publishText({ uri: `sip:${first?.user}@example.com`, etag: first?.tag ?? '', expires: 60 })), 'refresh').to.equal(200);
    expect(await code(publishText({ uri: `sip:${first?.user}@example.com`, etag: first?.tag ?? '', body: large.replaceAll('x', 'y') })), 'modify').to.equal(200);
    expect(await code(requestText({ method: 'OPTIONS' })), 'OPTIONS').to.equal(200);
    expect(await code(publishText({ uri: 'sip:new@example.com', body: large })), 'initial').to.equal(503);
    for (const one of stored.slice(0, 200)) {
      expect(await code(publishText({ uri: `sip:${one.user}@example.com`, etag: one.tag, expires: 0 })), 'removal').to.equal(200);
    }
    expect(await code(publishText({ uri: 'sip:new@example.com', body: 'small' })), 'initial').to.equal(200);
  });

  it('counts the chunk of a stream that waiting requests hold on to, once for all of them', async () => {
    const finish: (() => void)[] = [];
    const service = await running({ sip_listen: 'sip:127.0.0.1:0;transport=tcp' }, { sip_message: () => new Promise((resolve) => { finish.push(() => { resolve(['reply', 'ok']); }); }) });
    const held = (): number => service.usage().parts['requests'] ?? 0;
    const chunk = Buffer.alloc(65_536, '\r\n');
    const texts = ['one', 'two', 'three'].map((body) => Buffer.from(requestText({ method: 'MESSAGE', body })));
    const inChunk = texts.map((text, i) => {
      text.copy(chunk, 1000 * i);
      return chunk.subarray(1000 * i, 1000 * i + text.length);
    });
    const answers = [service.inject(inChunk[0] ?? '', { transport: 'tcp' })];
    const first = held();
    expect(first).to.be.within(65_536, 75_000);
    answers.push(...inChunk.slice(1).map((bytes) => service.inject(bytes, { transport: 'tcp' })));
    expect(held() - first, 'two more').to.be.within(8000, 12_000);
    for (const one of finish.slice(0, 2)) one();
    await Promise.all(answers.slice(0, 2));
    expect(held(), 'the last one').to.be.within(65_536, 75_000);
    finish[2]?.();
    await answers[2];
    expect(held()).to.equal(0);
  });

  it('counts a refused INVITE with what it really holds: its response, and texts of their own', async () => {
    const service = await running();
    const long = (length: number): string => fresh('x').padEnd(length, 'x');
    const invite = (): string => requestText({
      method: 'INVITE', callId: long(6000), from: `<sip:alice@example.com>;tag=${long(3000)}`, via: [1, 2, 3].map(() => `SIP/2.0/UDP host;branch=z9hG4bK${long(7000)}`),
    });
    const ask = async (count: number): Promise<void> => { for (let i = 0; i < count; i++) expect((await service.inject(invite()))?.code).to.equal(405); };
    await ask(20);
    const [before, usage] = [await heldBytes(), service.usage().parts['invites'] ?? 0];
    await ask(300);
    const [held, counted] = [await heldBytes() - before, (service.usage().parts['invites'] ?? 0) - usage];
    expect(counted).to.be.above(300 * 40_000);
    expect(held, `${counted} are counted`).to.be.within(0.8 * counted, 1.1 * counted);
  });

  it('refuses a modify that makes a publication larger before one that does not', async () => {
    const service = await compositor({ sip_max_memory: limit });
    const stored = await fill(service, 'x'.repeat(8192));
    const codes = new Set<number | undefined>();
    let refused = 0;
    for (const { user, tag } of stored) {
      const response = await service.inject(publishText({ uri: `sip:${user}@example.com`, etag: tag, body: large }));
      codes.add(response?.code);
      if (response?.code !== 503) continue;
      refused++;
      const record = await find(service, `sip:${user}@example.com`, tag);
      expect(record === 'not_found' ? 0 : record.data.length).to.equal(8192);
      expect((await service.inject(publishText({ uri: `sip:${user}@example.com`, etag: tag, body: 'y'.repeat(8192) })))?.code).to.equal(200);
      if (refused === 20) break;
    }
    expect([...codes]).to.have.members([200, 503]);
    expect(service.usage().used).to.be.below(limit);
  });

  it('gives up finished transactions, the oldest first, before anybody is refused', async () => {
    const service = await compositor({ sip_max_memory: limit });
    const etags: string[] = [];
    for (let i = 0; i < 30_000; i++) etags.push(publishText({ etag: 'none' }));
    for (const text of etags) await service.inject(text);
    const finished = service.usage().parts['transactions'] ?? 0;
    expect(finished).to.be.above(8 * 1024 * 1024);
    const stored = await fill(service);
    expect(stored.length, 'as many as without finished transactions').to.be.above(500);
    expect(service.usage().parts['transactions']).to.be.below(finished / 2);
  });

  it('D01 RFC 3261 17.2.2: what was answered just before is answered with the same bytes, and not done again, though publications fill all there is', async () => {
    let asked = 0;
    const service = await running({ plugins: ['event-compositor'], sip_events: 'nkpublish', sip_max_memory: limit }, {
      sip_message: () => { asked++; return ['reply', ['ok', { add: { 'X-Number': String(asked) } }]]; },
    });
    await fill(service);
    const text = requestText({ method: 'MESSAGE' });
    expect((await service.inject(text))?.header('X-Number')).to.deep.equal(['1']);
    for (let i = 0; i < 300; i++) expect((await service.inject(publishText({ expires: 600, body: large })))?.code).to.equal(503);
    expect((await service.inject(text))?.header('X-Number')).to.deep.equal(['1']);
    expect(asked).to.equal(1);
  });

  it('counts a request for as long as its callback takes, and refuses what is new meanwhile', async () => {
    const held: (() => void)[] = [];
    const service = await running({ sip_max_memory: limit }, {
      sip_authorize: () => new Promise((resolve) => { held.push(() => { resolve('forbidden'); }); }),
      sip_message: () => ['reply', 'ok'],
    });
    const before = service.usage().used;
    const message = (): string => requestText({ method: 'MESSAGE', body: 'z'.repeat(60_000) });
    const answers: Promise<number | undefined>[] = [];
    for (let last = -1; last < held.length; ) {
      last = held.length;
      answers.push(service.inject(message()).then((response) => response?.code));
    }
    expect(await answers.at(-1)).to.equal(503);
    expect(held.length).to.be.within(80, 130);
    expect(service.usage().parts['requests']).to.be.within(0.8 * limit, 0.91 * limit);
    for (const release of held) release();
    expect(new Set(await Promise.all(answers.slice(0, -1)))).to.deep.equal(new Set([403]));
    expect(service.usage().parts['requests']).to.equal(0);
    expect(service.usage().used).to.be.within(before, before + 1024 * 1024);
  });

  it('is told once in the log until there is room again', async () => {
    const lines: string[] = [];
    const logger = loggerTo(({ level, message }) => { if (level === 'warn') lines.push(message); });
    const service = await compositor({ sip_max_memory: limit, logger });
    const stored = await fill(service);
    await service.inject(publishText({ uri: 'sip:new@example.com', body: large }));
    const said = (): string[] => lines.filter((line) => line.startsWith('Memory runs short'));
    expect(said()).to.have.lengthOf(1);
    for (const { user, tag } of stored) await service.inject(publishText({ uri: `sip:${user}@example.com`, etag: tag, expires: 0 }));
    await fill(service);
    expect(said()).to.have.lengthOf(2);
  });

  for (const [option, value, clients] of [['sip_max_memory', limit, 480], ['sip_max_connections', 2, 4], ['sip_max_connections_per_address', 2, 4]] as const) {
    it(`${option}: that connections are refused is one line of the log, at level warn`, async () => {
      const logger = new LogRecorder();
      const service = await running({ sip_listen: 'sip:127.0.0.1:0;transport=tcp', [option]: value, logger });
      const sockets: Socket[] = [];
      for (let i = 0; i < clients; i++) sockets.push(dialed(portOf(service, 'tcp')));
      // The last ones are refused.
      await Promise.all(sockets.slice(-2).map((socket) => once(socket, 'close')));
      const told = logger.lines.filter(({ message }) => message.includes('refused'));
      expect(told.map(({ level }) => level)).to.deep.equal(['warn']);
      expect(told[0]?.message).to.contain(`(${option})`);
    });
  }

  it('can be changed while the service runs', async () => {
    const service = await compositor({ sip_max_memory: limit });
    await fill(service);
    await update(service, { sip_max_memory: 2 * limit });
    expect(service.usage().limit).to.equal(2 * limit);
    expect((await service.inject(publishText({ uri: 'sip:new@example.com', body: 'small' })))?.code).to.equal(200);
  });

  it('is half of what the process may have unless it is set', async () => {
    const service = await compositor({});
    const container = constrainedMemory();
    const most = Math.min(container > 0 ? container : Infinity, totalmem(), getHeapStatistics().heap_size_limit);
    expect(service.usage().limit).to.equal(Math.floor(most / 2));
  });
});
