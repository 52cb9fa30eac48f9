import { expect } from 'chai';
import { algorithmOf, digestAlgorithms, hashOf } from '../../packages/core/src/digest/algorithm.ts';
import { ha1For, makeHa1, serves } from '../../packages/core/src/digest/ha1.ts';
import { requestDigest } from '../../packages/core/src/digest/response.ts';

function responseTo(algorithm: (typeof digestAlgorithms)[number], user: string, realm: string, password: string, parts: { readonly uri: string; readonly nonce: string; readonly cnonce?: string }): string {
  const { uri, nonce, cnonce } = parts;
  const counted = cnonce === undefined ? undefined : { nc: '00000001', cnonce };
  return requestDigest({ algorithm, ha1: ha1For(password, user, realm, algorithm) ?? '', method: 'GET', uri, nonce, counted });
}

describe('the arithmetic of digest', () => {
  it('A35 RFC 2617 3.5: the example with MD5', () => {
    expect(responseTo('MD5', 'Mufasa', 'testrealm@host.com', 'Circle Of Life', {
      uri: '/dir/index.html', nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093', cnonce: '0a4f113b',
    })).to.equal('6629fae49393a05397450978507c4ef1');
  });

  it('A35 RFC 7616 3.9.1: the examples with MD5 and SHA-256', () => {
    const parts = { uri: '/dir/index.html', nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v', cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' };
    expect(responseTo('MD5', 'Mufasa', 'http-auth@example.org', 'Circle of Life', parts)).to.equal('8ca523f5e9506fed4657c9700eebdbec');
    expect(responseTo('SHA-256', 'Mufasa', 'http-auth@example.org', 'Circle of Life', parts))
      .to.equal('753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1');
  });

  it('A35 RFC 7616 3.9.2 with erratum 4897: SHA-512-256, and a user who is not ASCII', () => {
    const parts = { uri: '/doe.json', nonce: '5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK', cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v' };
    expect(responseTo('SHA-512-256', 'J\u00e4s\u00f8n Doe', 'api@example.org', 'Secret, or not?', parts))
      .to.equal('3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5');
    expect(hashOf('SHA-512-256', 'J\u00e4s\u00f8n Doe:api@example.org')).to.equal('793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b');
  });

  it('RFC 2617 3.2.2.1: without qop the response is that of RFC 2069', () => {
    expect(responseTo('MD5', 'Mufasa', 'testrealm@host.com', 'Circle Of Life', { uri: '/dir/index.html', nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093' }))
      .to.equal('670fd8c2df070c60b045671b8b24ff02');
  });

  it('RFC 3261 22.4: an algorithm has no case, and is MD5 where there is none', () => {
    expect([undefined, 'md5', 'Sha-256', 'SHA-512-256', 'MD5-sess', 'AKAv1-MD5', ''].map(algorithmOf))
      .to.deep.equal(['MD5', 'MD5', 'SHA-256', 'SHA-512-256', undefined, undefined, undefined]);
  });
});

describe('makeHa1', () => {
  for (const algorithm of digestAlgorithms) {
    it(`stands for the password, for ${algorithm} alone`, () => {
      const made = makeHa1('alice', 'example.com', 'secret', algorithm);
      expect(made).to.match(/^HA1![A-Z0-9-]+![0-9a-f]+$/).and.not.to.include('secret');
      expect(ha1For(made, 'alice', 'example.com', algorithm)).to.equal(ha1For('secret', 'alice', 'example.com', algorithm));
      for (const other of digestAlgorithms) {
        expect(serves(made, other), other).to.equal(other === algorithm);
        if (other !== algorithm) expect(ha1For(made, 'alice', 'example.com', other), other).to.equal(undefined);
      }
    });
  }

  it('is for MD5 unless told, and a password that only looks similar is one', () => {
    expect(makeHa1('alice', 'example.com', 'secret')).to.equal(makeHa1('alice', 'example.com', 'secret', 'MD5'));
    for (const password of ['HA1!', 'HA1!MD5!abc', 'HA1!MD4!' + '0'.repeat(32), `HA1!SHA-256!${'0'.repeat(32)}`, ' ' + makeHa1('a', 'b', 'c')]) {
      expect(serves(password, 'MD5') && serves(password, 'SHA-256'), password).to.equal(true);
      expect(ha1For(password, 'a', 'b', 'MD5')).to.equal(hashOf('MD5', `a:b:${password}`));
    }
  });
});
