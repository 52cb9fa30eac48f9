import { BlockList, isIP } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { networkOf } from '../../packages/core/src/transport/address.ts';
import { isNetwork, Networks } from '../../packages/core/src/transport/networks.ts';

const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
const ipv6 = groups.map((all) => all.map((group) => group.toString(16)).join(':'));
const ipv4 = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 }).map((all) => all.join('.'));

/** The network of an address, with no bit set behind its prefix. */
function networkAround(address: string, prefix: number): string {
  const is4 = isIP(address) === 4;
  const parts = address.split(is4 ? '.' : ':').map((part) => Number.parseInt(part, is4 ? 10 : 16));
  const size = is4 ? 8 : 16;
  const kept = parts.map((part, at) => part & ~((2 ** size - 1) >> Math.min(size, Math.max(0, prefix - at * size))));
  return `${kept.map((part) => part.toString(is4 ? 10 : 16)).join(is4 ? '.' : ':')}/${prefix}`;
}

describe('networks', () => {
  it('sip_trusted_proxies: an address is in a network, or is the one that is named, however it is spelt', () => {
    const networks = new Networks(['192.0.2.1', '10.0.0.0/8', '172.16.0.0/12', '2001:db8::/33', '2001:DB8:ffff::1', '::ffff:198.51.100.0/120']);
    for (const address of ['192.0.2.1', '10.0.0.0', '10.255.255.255', '172.31.0.1', '2001:db8::1', '2001:0db8:7fff:0:0:0:0:1', '2001:db8:ffff:0::1', '::ffff:10.1.2.3', '::ffff:a01:203', '198.51.100.7']) {
      expect(networks.has(address), address).to.equal(true);
    }
    for (const address of ['192.0.2.2', '9.255.255.255', '11.0.0.0', '172.32.0.0', '2001:db8:8000::1', '2001:db8:ffff::2', '::ffff:11.0.0.1', '198.51.101.0', '::1', '::a01:203']) {
      expect(networks.has(address), address).to.equal(false);
    }
  });

  it('sip_trusted_proxies: a link-local address is known whatever interface it came over', () => {
    const networks = new Networks(['fe80::/10', '::1']);
    for (const address of ['fe80::1%eth0', 'fe80::1', '::1']) expect(networks.has(address), address).to.equal(true);
    expect(networks.has('fec0::1%eth0')).to.equal(false);
  });

  it('sip_trusted_proxies: all IPv6 addresses are not the IPv4 ones, and none are nobody', () => {
    expect(new Networks(['::/0']).has('192.0.2.1')).to.equal(false);
    expect(new Networks(['::/0']).has('2001:db8::1')).to.equal(true);
    expect(new Networks(['0.0.0.0/0']).has('::1')).to.equal(false);
    expect(new Networks(['0.0.0.0/0']).has('::ffff:192.0.2.1')).to.equal(true);
    expect(new Networks([]).has('192.0.2.1')).to.equal(false);
  });

  it('sip_trusted_proxies: it agrees with the BlockList of Node', () => {
    const cases = fc.oneof(
      fc.tuple(ipv4, ipv4, fc.integer({ min: 0, max: 32 })),
      fc.tuple(ipv6, ipv6, fc.integer({ min: 0, max: 128 })),
    );
    fc.assert(fc.property(cases, fc.boolean(), ([address, other, prefix], near) => {
      const network = networkAround(address, prefix);
      const asked = near ? address : other;
      const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
      const list = new BlockList();
      list.addSubnet(network.slice(0, network.indexOf('/')), prefix, family);
      expect(isNetwork(network), network).to.equal(true);
      expect(new Networks([network]).has(asked), `${asked} in ${network}`).to.equal(list.check(asked, family));
    }), { numRuns: 500 });
  });

  for (const text of ['', 'example.com', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', '10.0.0.1/8', '10.0/8', '2001:db8::/129', '2001:db8::1/64', '[::1]', 'fe80::1%eth0', '10.0.0.0/8/8', '10.0.0.0 /8']) {
    it(`sip_trusted_proxies: '${text}' is no network`, () => {
      expect(isNetwork(text)).to.equal(false);
    });
  }

  it('D61 an IPv6 peer is its /64 in any spelling, and an IPv4-mapped one is the IPv4 peer', () => {
    const one = networkOf('2001:db8::1');
    for (const address of ['2001:db8::', '2001:0db8:0:0:ffff::2', '2001:DB8::1%eth0', '2001:db8:0:0:1:2:3:4']) expect(networkOf(address), address).to.equal(one);
    for (const address of ['2001:db8:0:1::1', '::1', '2001:db9::1']) expect(networkOf(address), address).not.to.equal(one);
    for (const address of ['::ffff:192.0.2.1', '::FFFF:c000:201', '192.0.2.1']) expect(networkOf(address), address).to.equal('192.0.2.1');
  });
});
