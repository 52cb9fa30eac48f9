import { formatChallenge, formatCredentials, parseChallenge, parseCredentials } from '@nksip-ts/sip';
import { expect } from 'chai';

describe('digest', () => {
  it('RFC 3261 20.7 reads credentials, quotes and escapes undone', () => {
    const value = parseCredentials('DIGEST username="b\\"ob", Realm="bil,oxi", nonce=abc,uri="sip:bob@biloxi.com",\r\n qop=auth, nc=00000001 , cnonce="", response="x"');
    expect(value?.scheme).to.equal('Digest');
    expect([...value!.params]).to.deep.equal([
      ['username', 'b"ob'], ['realm', 'bil,oxi'], ['nonce', 'abc'], ['uri', 'sip:bob@biloxi.com'], ['qop', 'auth'], ['nc', '00000001'], ['cnonce', ''], ['response', 'x'],
    ]);
  });

  it('RFC 4475 3.3.7 reads the scheme of credentials that it cannot read otherwise', () => {
    expect(parseCredentials('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==')?.scheme).to.equal('Basic');
    expect(parseCredentials('NobodyHasThisScheme opaque-data=here')).to.deep.equal({ scheme: 'NobodyHasThisScheme', params: new Map([['opaque-data', 'here']]) });
  });

  it('refuses what is malformed, and a name that stands twice', () => {
    for (const text of ['', '"x"', 'Digest realm', 'Digest realm=', 'Digest realm="x', 'Digest realm="a", realm="b"', 'Digest ="x"', 'Digest a b=c', 'Digest,a=b']) {
      expect(parseChallenge(text), text).to.equal(undefined);
    }
    expect(parseChallenge('Digest')).to.deep.equal({ scheme: 'Digest', params: new Map() });
  });

  it('RFC 3261 25.1 quotes in a challenge what the grammar quotes', () => {
    const params = new Map([['realm', 'a"b'], ['nonce', 'n'], ['algorithm', 'SHA-256'], ['qop', 'auth'], ['stale', 'true']]);
    const text = formatChallenge({ scheme: 'Digest', params });
    expect(text).to.equal('Digest realm="a\\"b", nonce="n", algorithm=SHA-256, qop="auth", stale=true');
    expect(parseChallenge(text)).to.deep.equal({ scheme: 'Digest', params });
  });

  it('RFC 3261 25.1 quotes in credentials what the grammar quotes', () => {
    const params = new Map([['username', 'bob'], ['uri', 'sip:b@c'], ['qop', 'auth'], ['nc', '00000001'], ['algorithm', 'MD5'], ['odd', 'a b']]);
    const text = formatCredentials({ scheme: 'Digest', params });
    expect(text).to.equal('Digest username="bob", uri="sip:b@c", qop=auth, nc=00000001, algorithm=MD5, odd="a b"');
    expect(parseCredentials(text)).to.deep.equal({ scheme: 'Digest', params });
  });
});
