import type { NetworkInterfaceInfo } from 'node:os';
import { expect } from 'chai';
import { addressesOf, localHost } from '../../packages/core/src/transport/local-host.ts';

const info = (address: string, internal = false): NetworkInterfaceInfo => {
  const common = { address, netmask: '', mac: '', internal, cidr: null };
  return address.includes(':') ? { ...common, family: 'IPv6', scopeid: 0 } : { ...common, family: 'IPv4' };
};
const interfaces = {
  lo: [info('127.0.0.1', true), info('::1', true)],
  eth0: [info('fe80::1'), info('192.0.2.7'), info('2001:db8::7')],
};

describe('sip_local_host', () => {
  for (const configured of ['', 'auto', undefined]) {
    it(`finds the address by itself when it is ${configured === undefined ? 'unset' : `'${configured}'`}`, () => {
      expect(localHost(configured, '0.0.0.0', interfaces)).to.equal('192.0.2.7');
      expect(localHost(configured, '::', interfaces)).to.equal('2001:db8::7');
      expect(localHost(configured, '127.0.0.2', interfaces)).to.equal('127.0.0.2');
    });
  }

  it('is taken as it is when it names a host', () => {
    expect(localHost('localhost', '0.0.0.0', interfaces)).to.equal('localhost');
  });

  it('falls back on loopback where there is nothing else', () => {
    expect(localHost('', '0.0.0.0', { lo: [info('127.0.0.1', true)] })).to.equal('127.0.0.1');
    expect(localHost('', '::', {})).to.equal('::1');
  });

  it('puts link-local addresses behind those that others can use, and loopback last', () => {
    expect(addressesOf(6, interfaces)).to.deep.equal(['2001:db8::7', 'fe80::1', '::1']);
  });
});
