import { expect } from 'chai';
import { DnsCache } from '../../packages/core/src/transport/dns-cache.ts';
import { systemResolver, type Resolver } from '../../packages/core/src/transport/resolver.ts';
import { addressData, dnsServer, srvData, type Zone } from './dns-server.ts';
import { closeAll } from './sockets.ts';

describe('answers of the DNS', () => {
  let now = 0;
  beforeEach(() => { now = 0; });
  afterEach(closeAll);

  async function resolving(zone: Zone): Promise<{ readonly resolver: Resolver; readonly asked: string[] }> {
    const { address, asked } = await dnsServer(zone);
    return { resolver: systemResolver({ servers: [address], clock: () => now }), asked };
  }

  it('RFC 1035 3.2.1 addresses are kept for their time to live, and asked for again after it', async () => {
    const { resolver, asked } = await resolving({ 'A a.example.com': { ttl: 5, data: [addressData('192.0.2.1'), addressData('192.0.2.2')] } });
    for (now of [0, 4999]) expect(await resolver.addresses('a.example.com')).to.have.members(['192.0.2.1', '192.0.2.2']);
    expect(await resolver.addresses('A.Example.com')).to.have.length(2);
    expect(asked.toSorted()).to.deep.equal(['A a.example.com', 'AAAA a.example.com']);
    now = 5001;
    await resolver.addresses('a.example.com');
    // That there is no AAAA is known for longer.
    expect(asked.filter((question) => question === 'A a.example.com')).to.have.length(2);
    expect(asked.filter((question) => question === 'AAAA a.example.com')).to.have.length(1);
  });

  it('RFC 1035 3.2.1 a time to live of 0 is for those alone who wait for the answer', async () => {
    const { resolver, asked } = await resolving({ 'A a.example.com': { ttl: 0, data: [addressData('192.0.2.1')] } });
    await Promise.all([resolver.addresses('a.example.com'), resolver.addresses('a.example.com')]);
    expect(asked.filter((question) => question.startsWith('A '))).to.have.length(1);
    await resolver.addresses('a.example.com');
    expect(asked.filter((question) => question.startsWith('A '))).to.have.length(2);
  });

  it('two requests at the same time ask once', async () => {
    const { resolver, asked } = await resolving({ 'SRV _sip._udp.example.com': { ttl: 1, data: [srvData(5070, 'a.example.com')] } });
    const answers = await Promise.all(Array.from({ length: 10 }, () => resolver.srv('_sip._udp.example.com')));
    expect(answers.every(([record]) => record?.port === 5070)).to.equal(true);
    expect(asked).to.deep.equal(['SRV _sip._udp.example.com']);
  });

  it('SRV and NAPTR records, of which Node.js tells no time to live, are kept for a minute', async () => {
    const { resolver, asked } = await resolving({ 'SRV _sip._udp.example.com': { ttl: 1, data: [srvData(5070, 'a.example.com')] } });
    for (now of [0, 59_999, 60_001]) expect(await resolver.srv('_sip._udp.example.com')).to.have.length(1);
    expect(asked).to.have.length(2);
  });

  it('RFC 2308 5 that there is no such name is kept for ten seconds', async () => {
    const { resolver, asked } = await resolving({});
    for (now of [0, 9999, 10_001]) expect(await resolver.naptr('example.com')).to.deep.equal([]);
    expect(asked).to.deep.equal(['NAPTR example.com', 'NAPTR example.com']);
  });

  it('that nobody answers is not kept', async () => {
    const cache = new DnsCache<string>(() => now);
    let count = 0;
    const fails = (): Promise<never> => { count++; return Promise.reject(new Error('no answer')); };
    const both = await Promise.allSettled([cache.get('a', fails), cache.get('a', fails)]);
    expect(both.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    await cache.get('a', fails).catch(() => undefined);
    expect(count).to.equal(2);
    expect(cache).to.include({ size: 0, bytes: 0 });
  });

  it('are bounded in number and in bytes: what was kept first goes first', async () => {
    const cache = new DnsCache<string>(() => now, { entries: 3, bytes: 2000 });
    const put = (key: string, text = 'x') => cache.get(key, () => Promise.resolve({ records: [text], seconds: 60 }));
    for (const key of ['a', 'b', 'c', 'd']) await put(key);
    expect(cache.size).to.equal(3);
    expect(await put('d', 'another')).to.deep.equal(['x']);
    expect(await put('a', 'another')).to.deep.equal(['another']);
    await put('long', 'y'.repeat(700));
    expect(cache).to.include({ size: 2 });
    expect(cache.bytes).to.be.lessThan(2001);
    await put('too long', 'y'.repeat(2000));
    expect(cache.size).to.equal(2);
    now = 61_000;
    for (const key of ['long', 'a']) expect(await put(key, 'z')).to.deep.equal(['z']);
    expect(cache.bytes).to.be.lessThan(600);
  });

  it('are kept for a day at most', async () => {
    const cache = new DnsCache<string>(() => now);
    const ask = (text: string) => cache.get('a', () => Promise.resolve({ records: [text], seconds: 10 ** 9 }));
    await ask('old');
    now = 86_401_000;
    expect(await ask('new')).to.deep.equal(['new']);
  });
});
