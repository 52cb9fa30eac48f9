import { expect } from 'chai';
import { checkSipIdentity } from '../../packages/core/src/transport/tls/identity.ts';

const check = (host: string, subjectaltname?: string, CN = 'example.com'): boolean => {
  const subject = { C: '', ST: '', L: '', O: '', OU: '', CN };
  return checkSipIdentity(host, { subject, ...(subjectaltname === undefined ? {} : { subjectaltname }) }) === undefined;
};

describe('D36 RFC 5922: the identity in a certificate', () => {
  it('7.1 takes DNS names where no sip URI is there, in any case', () => {
    expect(check('Example.com', 'DNS:a.example, DNS:EXAMPLE.com')).to.equal(true);
    expect(check('example.org', 'DNS:a.example, DNS:example.com')).to.equal(false);
  });

  it('7.1 takes sip URIs before DNS names', () => {
    expect(check('example.com', 'DNS:example.org, URI:sip:example.com')).to.equal(true);
    expect(check('example.org', 'DNS:example.org, URI:sip:example.com')).to.equal(false);
  });

  it('7.1 takes no URI of a person and none of another scheme', () => {
    expect(check('example.com', 'URI:sip:me@example.com')).to.equal(false);
    expect(check('example.com', 'URI:https://example.com, URI:sips:example.com')).to.equal(false);
  });

  it('7.2 takes no wildcard and no suffix', () => {
    expect(check('a.example.com', 'DNS:*.example.com, DNS:example.com')).to.equal(false);
  });

  it('7.1 takes the common name only where there is no subjectAltName', () => {
    expect(check('example.com')).to.equal(true);
    expect(check('example.com', 'DNS:other.example')).to.equal(false);
    expect(check('example.com', 'email:a@example.com')).to.equal(false);
  });

  it('takes addresses for numeric hosts only', () => {
    expect(check('127.0.0.1', 'DNS:a, IP Address:127.0.0.1')).to.equal(true);
    expect(check('::1', 'IP Address:0:0:0:0:0:0:0:1')).to.equal(true);
    expect(check('127.0.0.1', 'DNS:127.0.0.1')).to.equal(false);
  });

  it('is not misled by a quoted value', () => {
    expect(check('example.com', 'DNS:"a, DNS:example.com"')).to.equal(false);
    expect(check('example.com', 'URI:"sip:a\\", DNS:example.com"')).to.equal(false);
  });
});
