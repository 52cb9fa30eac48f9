import { aorKey, aorOf, canonicalAor, formatAor, formatUri, parseAor, parseUri, sameUri } from '@nksip-ts/sip';
import { expect } from 'chai';

describe('parseUri', () => {
  it('D53 lower-cases scheme and host, keeps the case of the user, knows ports and IPv6 references', () => {
    expect(parseUri('SIP:Alice@EXAMPLE.com')).to.deep.equal({ scheme: 'sip', user: 'Alice', domain: 'example.com', params: new Map() });
    expect(parseUri('sips:[2001:DB8::10]:5070')).to.deep.equal({ scheme: 'sips', user: '', domain: '[2001:db8::10]', port: 5070, params: new Map() });
    expect(parseUri('sip:bob@[::ffff:192.0.2.1]')).to.include({ user: 'bob', domain: '[::ffff:192.0.2.1]' });
    expect(parseUri('sip:host_1.local:0')).to.include({ domain: 'host_1.local', port: 0 });
  });

  it('reads password, parameters and headers', () => {
    const uri = parseUri('sip:alice:secret%3A@example.com:5070;Transport=TCP;lr;X%2Dy=a%20b?Subject=p%20x&to=sip:b%40c');
    expect(uri).to.deep.equal({
      scheme: 'sip', user: 'alice', password: 'secret:', domain: 'example.com', port: 5070,
      params: new Map([['transport', 'TCP'], ['lr', ''], ['x-y', 'a b']]), headers: 'Subject=p%20x&to=sip:b%40c',
    });
  });

  it('undoes escapes in the user, also of UTF-8, and takes letters that a program writes unescaped', () => {
    expect(parseUri('sip:j%C3%B8rn%40x@example.com')?.user).to.equal('jørn@x');
    expect(parseUri('sip:jørn@example.com')?.user).to.equal('jørn');
    expect(parseUri('sip:a%00b@example.com')?.user).to.equal('a\0b');
    expect(parseUri('sip:#99@example.com')?.user).to.equal('#99');
  });

  it('D09 keeps a URI of another scheme whole', () => {
    expect(parseUri('tel:+1-201-555-0123;phone-context=x')).to.deep.equal({
      scheme: 'tel', user: '', domain: '', params: new Map(), opaque: '+1-201-555-0123;phone-context=x',
    });
    expect(parseUri('HTTP://www.example.com')).to.include({ scheme: 'http', opaque: '//www.example.com' });
    expect(parseUri('soap.beep://192.0.2.103:3002')?.scheme).to.equal('soap.beep');
    expect(parseUri('pres:alice@example.com')).to.include({ scheme: 'pres', user: 'alice', domain: 'example.com' });
  });

  for (const text of [
    '', 'sip', 'sip:', ':', '1sip:a@b', 'sip:@b', 'sip:a@', 'sip:a@b@c', 'sip:a b@c', 'sip:a@b c', 'sip:a@b;', 'sip:a@b;;x', 'sip:a@b;=y', 'sip:a@b;x=1;X=2', 'sip:a@b;x=a@b',
    'sip:a@b?', 'sip:a@b?x=<y>', 'sip:a@b:', 'sip:a@b:x', 'sip:a@b:65536', 'sip:a@b:-1', 'sip:a@[::1', 'sip:a@::1', 'sip:a@[::1]x', 'sip:a@[]', 'sip:a@[:]',
    'sip:a@[1::2::3]', 'sip:a@[1:2:3:4:5:6:7]', 'sip:a@[1:2:3:4:5:6:7:8:9]', 'sip:a@[12345::]', 'sip:a@[fe80::1%25eth0]', 'sip:a@[::1.2.3]', 'sip:a@b,c', 'sip:a%@b', 'sip:a%4@b', 'sip:a%zz@b',
    'sip:a%\xe9@b', 'sip:a@b;x=%f', 'sip:a@b?x=%', 'sip:a"b@c', 'sip:<a>@b', 'sip:a\r\n@b', 'tel:', 'tel:1 2', 'x:<y>', 'sip:\ud800@b', 'sip:a@exämple.com',
  ]) {
    it(`answers undefined for ${JSON.stringify(text)}`, () => {
      expect(parseUri(text)).to.equal(undefined);
    });
  }
});

describe('formatUri', () => {
  for (const text of [
    'sip:alice@example.com', 'sips:example.com:5061', 'sip:a%20b:p%3Aw@[::1]:5070;transport=tcp;lr?Subject=x', 'tel:+1;x=y', 'sip:a%40b@c', 'sip:%00@c', 'sip:j%C3%B8rn@example.com',
    "sip:9_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com",
  ]) {
    it(`writes ${text} as it was read`, () => {
      expect(formatUri(parseUri(text)!)).to.equal(text);
    });
  }

  it('escapes what a part cannot hold', () => {
    const uri = { scheme: 'sip', user: 'a:b@c %\r\n', password: 'p@', domain: 'example.com', params: new Map([['x;y', 'a=b;c']]) };
    expect(formatUri(uri)).to.equal('sip:a%3Ab%40c%20%25%0D%0A:p%40@example.com;x%3By=a%3Db%3Bc');
    expect(parseUri(formatUri(uri))).to.deep.equal(uri);
  });
});

describe('sameUri', () => {
  const same = (a: string, b: string): boolean => sameUri(parseUri(a)!, parseUri(b)!) && sameUri(parseUri(b)!, parseUri(a)!);

  for (const [a, b] of [
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;newparam=5'],
    ['sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com', 'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com'],
    ['sip:alice@atlanta.com?subject=project%20x&priority=urgent', 'sip:alice@atlanta.com?priority=urgent&subject=project%20x'],
    ['sip:a@b?Subject=%78', 'sip:a@b?subject=x'],
    ['tel:+1', 'TEL:+1'],
  ] as const) {
    it(`D52 RFC 3261 19.1.4 ${a} equals ${b}`, () => {
      expect(same(a, b)).to.equal(true);
    });
  }

  for (const [a, b] of [
    ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:6000;transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting'],
    ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;security=off'],
    ['sip:a@b', 'sips:a@b'], ['sip:a@b', 'sip:a:p@b'], ['sip:a@b', 'sip:b'], ['sip:a@b;user=phone', 'sip:a@b'], ['sip:a@b', 'sip:a@b;maddr=x'], ['sip:a@b;ttl=1', 'sip:a@b'],
    ['sip:a@b', 'sip:a@b;method=INVITE'], ['sip:a@b?x=1', 'sip:a@b?x=2'], ['tel:+1', 'tel:+2'], ['tel:+1', 'sip:+1@b'],
  ] as const) {
    it(`D52 RFC 3261 19.1.4 ${a} does not equal ${b}`, () => {
      expect(same(a, b)).to.equal(false);
    });
  }
});

describe('addresses of record', () => {
  it('D52 drop port, parameters and headers, and undo escapes', () => {
    expect(parseAor('SIP:%61lice@Example.COM:5060;transport=tcp')).to.deep.equal({ scheme: 'sip', user: 'alice', domain: 'example.com' });
    expect(aorOf(parseUri('sips:Bob@h?x=y')!)).to.deep.equal({ scheme: 'sips', user: 'Bob', domain: 'h' });
  });

  it('D52 RFC 1034 3.1 a host name is the same with the dot of the root behind it', () => {
    expect(parseAor('sip:a@Example.com.')).to.deep.equal(parseAor('sip:a@example.com'));
    for (const domain of ['.', 'h..']) expect(parseAor(`sip:a@${domain}`)?.domain).to.equal(domain);
  });

  it('are normalized, or refused where a part is none', () => {
    const aor = { scheme: 'SIP', user: 'a:b@c', domain: 'Example.COM.' };
    expect(canonicalAor(aor)).to.deep.equal({ scheme: 'sip', user: 'a:b@c', domain: 'example.com' });
    expect(canonicalAor({ ...aor, user: '', domain: '[0::1]' })).to.deep.equal({ scheme: 'sip', user: '', domain: '[::1]' });
    for (const wrong of [
      { domain: 'ct@h' }, { domain: '' }, { domain: 'h:5060' }, { domain: 'h;x=y' }, { domain: '::1' }, { domain: 'h', user: '\ud800' }, { domain: 'ct@h', user: '' },
      { scheme: 'tel' }, { scheme: '' }, { scheme: 'si p' }, { scheme: 'sip:x' },
    ]) expect(canonicalAor({ ...aor, ...wrong }), JSON.stringify(wrong)).to.equal(undefined);
  });

  it('are not made of what has no domain', () => {
    for (const text of ['', 'alice@example.com', 'tel:+1', '<sip:a@b>', 'sip:a@b c']) expect(parseAor(text), text).to.equal(undefined);
  });

  it('have one key each, whatever characters the user has', () => {
    expect(aorKey({ scheme: 'sip', user: 'alice', domain: 'example.com' })).to.equal('sip:alice@example.com');
    expect(aorKey({ scheme: 'sip', user: '', domain: 'example.com' })).to.equal('sip:example.com');
    expect(aorKey({ scheme: 'sip', user: 'a:b@c%', domain: 'd' })).to.equal('sip:a%3Ab%40c%25@d');
    const users = ['', 'a', 'A', 'a:b', 'a@b', 'a%40b', '%', '%25', 'a b', 'é', 'Ã©', '\0', ';', '/', '?'];
    expect(new Set(users.map((user) => aorKey({ scheme: 'sip', user, domain: 'd' }))).size).to.equal(users.length);
  });

  it('are read again from their key', () => {
    for (const user of ['', 'alice', 'a:b@c', 'é %', '\0\n']) {
      const aor = { scheme: 'sips', user, domain: '[::1]' };
      expect(parseAor(formatAor(aor))).to.deep.equal(aor);
    }
  });
});
