import type { NaptrRecord, SrvRecord } from 'node:dns';
import { expect } from 'chai';
import { useFakeTimers } from 'sinon';
import { resolveTarget, type ResolveOptions } from '../../packages/core/src/transport/resolve.ts';
import { systemResolver, type Resolver } from '../../packages/core/src/transport/resolver.ts';
import { srvOrder } from '../../packages/core/src/transport/srv-order.ts';
import { faultOf } from '../kit/caught.ts';
import { uriOf } from '../kit/parsed.ts';

interface Zone {
  readonly naptr?: Readonly<Record<string, readonly NaptrRecord[]>>;
  readonly srv?: Readonly<Record<string, readonly SrvRecord[]>>;
  readonly addresses?: Readonly<Record<string, readonly string[]>>;
}

const dns = (zone: Zone, asked: string[] = []): Resolver => ({
  naptr: async (name) => (asked.push(`naptr ${name}`), zone.naptr?.[name] ?? []),
  srv: async (name) => (asked.push(`srv ${name}`), zone.srv?.[name] ?? []),
  addresses: async (name) => (asked.push(`addresses ${name}`), zone.addresses?.[name] ?? []),
});

const srv = (name: string, port: number, priority = 1, weight = 0): SrvRecord => ({ name, port, priority, weight });
const naptr = (service: string, replacement: string, order: number, preference = 1): NaptrRecord => {
  return { flags: 'S', service, regexp: '', replacement, order, preference };
};

const resolve = async (text: string, zone: Zone, more: Partial<ResolveOptions> & { asked?: string[] } = {}): Promise<string[]> => {
  const uri = uriOf(text);
  const { asked, ...options } = more;
  const targets = await resolveTarget(uri, { transports: ['udp', 'tcp', 'tls'], resolver: dns(zone, asked), random: () => 0.5, ...options });
  return targets.map(({ transport, address, port, host }) => `${transport} ${address} ${port} ${host}`);
};

describe('RFC 3263: where a request goes', () => {
  const numeric: readonly (readonly [string, string])[] = [
    ['sip:127.0.0.1', 'udp 127.0.0.1 5060 127.0.0.1'],
    ['sip:a@127.0.0.1:5080;transport=tcp', 'tcp 127.0.0.1 5080 127.0.0.1'],
    ['sip:[::1]:5080', 'udp ::1 5080 ::1'],
    ['sips:127.0.0.1', 'tls 127.0.0.1 5061 127.0.0.1'],
    ['sips:127.0.0.1;transport=tcp', 'tls 127.0.0.1 5061 127.0.0.1'],
    ['sip:127.0.0.1;transport=TLS', 'tls 127.0.0.1 5061 127.0.0.1'],
    ['sip:127.0.0.1:40000;transport=ws', 'ws 127.0.0.1 40000 127.0.0.1'],
    ['sips:[0:0::1]:40000;transport=WS', 'wss ::1 40000 0:0::1'],
    ['sip:127.0.0.1:40000;transport=wss', 'wss 127.0.0.1 40000 127.0.0.1'],
    ['sip:example.com:5080;maddr=127.0.0.9', 'udp 127.0.0.9 5080 example.com'],
  ];
  for (const [uri, target] of numeric) {
    it(`D29 RFC 3263 4.2 asks nothing for ${uri}`, async () => {
      const asked: string[] = [];
      expect(await resolve(uri, {}, { asked })).to.deep.equal([target]);
      expect(asked).to.deep.equal([]);
    });
  }

  it('D29 RFC 3263 4.2 asks only for addresses when there is a port', async () => {
    const asked: string[] = [];
    const zone = { addresses: { 'example.com': ['192.0.2.1', '2001:db8::1'] } };
    expect(await resolve('sip:example.com:5080', zone, { asked })).to.deep.equal(['udp 192.0.2.1 5080 example.com', 'udp 2001:db8::1 5080 example.com']);
    expect(asked).to.deep.equal(['addresses example.com']);
  });

  it('D29 RFC 3263 4.1 follows NAPTR by order and preference, and its SRV records', async () => {
    const zone: Zone = {
      naptr: { 'example.com': [naptr('SIP+D2U', 'u.example.com', 20), naptr('SIP+D2T', 't.example.com', 10, 2), naptr('SIPS+D2T', 's.example.com', 10, 1), naptr('E2U+x', 'x', 1)] },
      srv: { 'u.example.com': [srv('h', 1)], 't.example.com': [srv('h', 2)], 's.example.com': [srv('h', 3)] },
      addresses: { h: ['192.0.2.1'] },
    };
    expect(await resolve('sip:example.com', zone)).to.deep.equal(['tls 192.0.2.1 3 example.com', 'tcp 192.0.2.1 2 example.com', 'udp 192.0.2.1 1 example.com']);
    expect(await resolve('sips:example.com', zone)).to.deep.equal(['tls 192.0.2.1 3 example.com']);
  });

  it('D29 RFC 3263 4.1 asks for the SRV records of each transport where there is no NAPTR', async () => {
    const asked: string[] = [];
    const zone: Zone = { srv: { '_sip._udp.example.com': [srv('h', 5070)], '_sip._tcp.example.com': [srv('h', 5071)] }, addresses: { h: ['192.0.2.1'] } };
    expect(await resolve('sip:example.com', zone, { asked })).to.deep.equal(['udp 192.0.2.1 5070 example.com', 'tcp 192.0.2.1 5071 example.com']);
    expect(asked.slice(0, 3)).to.deep.equal(['naptr example.com', 'srv _sip._udp.example.com', 'srv _sip._tcp.example.com']);
  });

  it('D29 RFC 3263 4.1 asks for no NAPTR when the transport is named', async () => {
    const asked: string[] = [];
    const zone: Zone = { srv: { '_sips._tcp.example.com': [srv('h', 5071)] }, addresses: { h: ['192.0.2.1'] } };
    expect(await resolve('sip:example.com;transport=tls', zone, { asked })).to.deep.equal(['tls 192.0.2.1 5071 example.com']);
    expect(asked[0]).to.equal('srv _sips._tcp.example.com');
  });

  it('D29 RFC 3263 4.2 falls back on the addresses of the host and the default port', async () => {
    const zone = { addresses: { 'example.com': ['192.0.2.1'] } };
    expect(await resolve('sip:example.com', zone)).to.deep.equal(['udp 192.0.2.1 5060 example.com']);
    expect(await resolve('sips:example.com', zone)).to.deep.equal(['tls 192.0.2.1 5061 example.com']);
  });

  for (const [why, record] of [['"."', srv('', 0)], ['"." as text', srv('.', 5060)], ['a host without an address', srv('nowhere.example.com', 5060)]] as const) {
    it(`RFC 2782, RFC 3263 4.2 asks for no address of the host where an SRV record leads to ${why}`, async () => {
      const asked: string[] = [];
      const zone = { srv: { '_sip._udp.example.com': [record] }, addresses: { 'example.com': ['192.0.2.1'] } };
      expect((await faultOf(resolve('sip:example.com', zone, { asked }))).message).to.include('SRV records name no host that can be reached');
      expect(asked).not.to.include('addresses example.com');
    });
  }

  it('still asks for addresses when the DNS fails', async () => {
    const resolver = { ...dns({ addresses: { 'example.com': ['192.0.2.1'] } }), naptr: () => Promise.reject(new Error('SERVFAIL')) };
    expect(await resolve('sip:example.com', {}, { resolver })).to.deep.equal(['udp 192.0.2.1 5060 example.com']);
  });

  it('RFC 3263 4.1 takes the SRV records that are found where the question for those of another transport fails', async () => {
    const known = dns({ srv: { '_sip._udp.example.com': [srv('sip.example.com', 5080)] }, addresses: { 'sip.example.com': ['192.0.2.7'], 'example.com': ['192.0.2.1'] } });
    const resolver = { ...known, srv: (name: string) => name.startsWith('_sip._tcp') ? Promise.reject(new Error('no answer')) : known.srv(name) };
    expect(await resolve('sip:example.com', {}, { resolver })).to.deep.equal(['udp 192.0.2.7 5080 example.com']);
  });

  for (const code of ['ESERVFAIL', 'ENOTIMP', 'EREFUSED', 'EFORMERR']) {
    it(`RFC 3263 4.1 asks for SRV records where a name server answers ${code} to the question for NAPTR, which some do not know`, async () => {
      const known = dns({ srv: { '_sip._udp.example.com': [srv('sip.example.com', 5080)] }, addresses: { 'sip.example.com': ['192.0.2.7'], 'example.com': ['192.0.2.1'] } });
      const resolver = { ...known, naptr: () => Promise.reject(Object.assign(new Error('no'), { code })) };
      expect(await resolve('sip:example.com', {}, { resolver })).to.deep.equal(['udp 192.0.2.7 5080 example.com']);
    });
  }

  it('D27 RFC 3261 18.1.1 goes over TCP when UDP is not offered', async () => {
    expect(await resolve('sip:127.0.0.1', {}, { transports: ['tcp', 'tls'] })).to.deep.equal(['tcp 127.0.0.1 5060 127.0.0.1']);
  });

  it('D38 RFC 3261 26.2.2 refuses sips over UDP', async () => {
    const error = await faultOf(resolve('sips:127.0.0.1;transport=udp', {}));
    expect(error.code).to.equal('resolve_failed');
    expect(error.message).to.contain('sips needs TLS');
  });

  it('D41 RFC 7118 5 asks nothing for a WebSocket that has a name or no port, and refuses it', async () => {
    const asked: string[] = [];
    for (const uri of ['sip:l67k95ioe1cq.invalid;transport=ws', 'sip:example.com:80;transport=ws', 'sips:127.0.0.1;transport=ws']) {
      const error = await faultOf(resolve(uri, {}, { asked }));
      expect(error).to.include({ code: 'resolve_failed' });
      expect(error.message).to.contain('only if the peer opened it');
    }
    expect(asked).to.deep.equal([]);
  });

  it('refuses a transport that is not there', async () => {
    expect((await faultOf(resolve('sip:127.0.0.1;transport=sctp', {}))).code).to.equal('resolve_failed');
    expect((await faultOf(resolve('sips:127.0.0.1', {}, { transports: ['udp'] }))).code).to.equal('resolve_failed');
    expect((await faultOf(resolve('tel:+358-555-1234567', {}))).message).to.contain('tel: URI');
  });

  it('tells of a name that leads nowhere', async () => {
    const error = await faultOf(resolve('sip:nowhere.example', { srv: { '_sip._udp.nowhere.example': [srv('.', 0)] } }));
    expect(error.code).to.equal('resolve_failed');
    expect(error.details).to.include({ host: 'nowhere.example' });
  });

  it('is bounded in results', async () => {
    const many = Array.from({ length: 100 }, (_, index) => `192.0.2.${index}`);
    expect(await resolve('sip:example.com', { addresses: { 'example.com': many } }, { maxTargets: 5 })).to.have.length(5);
  });

  it('is bounded in time', async () => {
    const clock = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const never = () => new Promise<never>(() => undefined);
      const refused = faultOf(resolve('sip:example.com', {}, { resolver: { naptr: never, srv: never, addresses: never }, timeout: 3000 }));
      await clock.tickAsync(3000);
      expect((await refused).message).to.contain('within 3 seconds');
    } finally {
      clock.restore();
    }
  });
});

describe('RFC 2782: the order of SRV records', () => {
  const records = [srv('c', 1, 2, 100), srv('a', 1, 1, 10), srv('b', 1, 1, 30), srv('z', 1, 1, 0)];
  const names = (random: () => number): string => srvOrder(records, random).map(({ name }) => name).join('');

  it('goes by priority, and by chance in proportion to the weight', () => {
    expect(names(() => 0)).to.equal('zabc');
    expect(names(() => 0.2)).to.equal('abzc');
    expect(names(() => 0.999)).to.equal('bazc');
  });

  it('has each record once, and the heavier first more often', () => {
    let seed = 1;
    const random = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647;
    const first = Array.from({ length: 4000 }, () => names(random));
    expect(first.every((order) => [...order].sort().join('') === 'abcz')).to.equal(true);
    expect(first.filter((order) => order.startsWith('b')).length).to.be.within(2800, 3200);
  });
});

describe('the resolver of the system', () => {
  it('knows localhost without a name server', async () => {
    expect(await systemResolver().addresses('localhost')).to.include('127.0.0.1');
    expect(await systemResolver().srv('_sip._udp.localhost')).to.deep.equal([]);
    expect(await systemResolver().naptr('localhost')).to.deep.equal([]);
  });
});
