import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { expect } from 'chai';
import { makeSelfSigned } from '../../packages/core/src/transport/tls/certificate.ts';

const now = Date.UTC(2026, 0, 31, 12);

describe('A certificate that is made in memory', () => {
  it('names what it was made for: host names, IPv4 and IPv6 addresses', async () => {
    const { cert } = await makeSelfSigned(['sip.example.com', 'localhost', '192.0.2.200', '::1', '2001:db8::ff00:1'], now);
    const read = new X509Certificate(cert);
    expect(read.subjectAltName).to.equal('DNS:sip.example.com, DNS:localhost, IP Address:192.0.2.200, IP Address:0:0:0:0:0:0:0:1, IP Address:2001:DB8:0:0:0:0:FF00:1');
    expect([read.checkHost('sip.example.com'), read.checkIP('192.0.2.200'), read.checkIP('::1'), read.checkHost('example.com')]).to.deep.equal(['sip.example.com', '192.0.2.200', '::1', undefined]);
  });

  it('is signed by its own key, for servers and clients, and is no authority', async () => {
    const { cert, key } = await makeSelfSigned(['localhost'], now);
    const read = new X509Certificate(cert);
    expect(read.verify(read.publicKey)).to.equal(true);
    expect(read.checkPrivateKey(createPrivateKey(key))).to.equal(true);
    expect(read.keyUsage).to.deep.equal(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    expect([read.ca, read.subject, read.issuer]).to.deep.equal([false, 'CN=nksip-ts self-signed', 'CN=nksip-ts self-signed']);
    expect(read.publicKey.asymmetricKeyDetails).to.deep.equal({ namedCurve: 'prime256v1' });
  });

  for (const [year, from, to] of [[2026, 'Jan 31 11:00:00 2026 GMT', 'Jan 31 12:00:00 2027 GMT'], [2049, 'Jan 31 11:00:00 2049 GMT', 'Jan 31 12:00:00 2050 GMT']] as const) {
    it(`RFC 5280 4.1.2.5 is valid from an hour ago, for a year, in ${year}`, async () => {
      const read = new X509Certificate((await makeSelfSigned(['localhost'], Date.UTC(year, 0, 31, 12))).cert);
      expect([read.validFrom, read.validTo]).to.deep.equal([from, to]);
    });
  }

  it('has a serial number of its own', async () => {
    const numbers = await Promise.all([1, 2, 3].map(async () => new X509Certificate((await makeSelfSigned([], now)).cert).serialNumber));
    expect(new Set(numbers)).to.have.lengthOf(3);
    for (const number of numbers) expect(number).to.match(/^[4-7][0-9A-F]{31}$/);
  });

  it('with five thousand names is still read', async () => {
    const names = Array.from({ length: 5000 }, (_, index) => `host-${index}.example.com`);
    expect(new X509Certificate((await makeSelfSigned(names, now)).cert).subjectAltName?.split(', ')).to.have.lengthOf(5000);
  });

  it('serves a client that trusts it', async () => {
    const own = await makeSelfSigned(['localhost', '127.0.0.1'], Date.now());
    const server = createServer(own, (socket) => { socket.end(); });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', ca: own.cert });
    await once(client, 'secureConnect');
    expect([client.authorized, client.getPeerX509Certificate()?.serialNumber]).to.deep.equal([true, new X509Certificate(own.cert).serialNumber]);
    client.destroy();
    server.close();
    await once(server, 'close');
  });
});
