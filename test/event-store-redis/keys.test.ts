import { expect } from 'chai';
import fc from 'fast-check';
import { Keys } from '../../packages/event-store-redis/src/keys.ts';
import { bytesOf, recordOf } from '../../packages/event-store-redis/src/record-bytes.ts';

/** Any UTF-16, lone surrogates too, and rich in what could part a key. */
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'{}/:@%*?[]\\^ a\n\0é', '\ud800') }));
const keyParts = fc.tuple(text, text, text, text, text);
const keys = new Keys('test:');

type Parts = readonly [string, string, string, string, string];

function keyOf([srvId, scheme, user, domain, tag]: Parts): string {
  return keys.record(srvId, { scheme, user, domain }, tag).key;
}

const joined = ([srvId, scheme, user, domain, tag]: Parts): string => `{${srvId}/${scheme}:${user}@${domain}}/${tag}`;

/** The same characters in the same order, divided into parts at other places. */
const dividedOtherwise = fc.tuple(text, fc.array(fc.nat(20), { minLength: 8, maxLength: 8 })).map(([whole, places]) => {
  const divided = (cuts: readonly number[]): Parts => {
    const [a = 0, b = 0, c = 0, d = 0] = [...cuts].sort((x, y) => x - y);
    return [whole.slice(0, a), whole.slice(a, b), whole.slice(b, c), whole.slice(c, d), whole.slice(d)];
  };
  return [divided(places.slice(0, 4)), divided(places.slice(4))] as const;
});

/** Separators within the parts: what is joined is divided at the last ones that fit. */
const readOtherwise = keyParts.map((parts) => {
  const [, srvId = '', scheme = '', user = '', domain = '', tag = ''] = /^\{(.*)\/(.*):(.*)@(.*)\}\/(.*)$/s.exec(joined(parts)) ?? [];
  return [parts, [srvId, scheme, user, domain, tag]] as const satisfies readonly [Parts, Parts];
});

/** The second has the escape of what the first has. */
const escapedAlready = fc.tuple(text, text).map(([before, after]) =>
  [['s', 'sip', `${before} ${after}`, 'd', 't'], ['s', 'sip', `${before}%0020${after}`, 'd', 't']] as const satisfies readonly [Parts, Parts]);

/** Throws where two of (service, address, tag) that differ have one key; what is likely to is tried. */
function mustTellApart(key: (parts: Parts) => string): void {
  fc.assert(fc.property(fc.oneof(dividedOtherwise, readOtherwise, escapedAlready, fc.tuple(keyParts, keyParts)), ([one, other]) => {
    expect(key(one) === key(other)).to.equal(one.every((part, i) => part === other[i]));
  }), { numRuns: 2000 });
}

describe('keys of event-store-redis', () => {
  it('are as the documentation shows them', () => {
    const aor = { scheme: 'sip', user: 'alice b', domain: 'example.com' };
    expect(keys.record('server', aor, 'a1')).to.deep.equal({
      index: 'test:{server/sip:alice%0020b@example.com}', key: 'test:{server/sip:alice%0020b@example.com}/a1', member: 'a1',
    });
    expect([keys.pattern('server'), keys.secret('server')]).to.deep.equal(['test:{server/*', 'test:secret/server']);
  });

  it('no two of (service, address, tag) have one, whatever they hold', () => {
    mustTellApart(keyOf);
  });

  it('without separators, without escapes or with an escape that is not escaped would be found out', () => {
    for (const wrong of [(parts: Parts) => parts.join(''), joined, (parts: Parts) => joined(parts).replaceAll(' ', '%0020')]) {
      expect(() => { mustTellApart(wrong); }, String(wrong)).to.throw('Property failed');
    }
  });

  it('give back what they were made of, and an index is no publication', () => {
    fc.assert(fc.property(keyParts, (parts) => {
      const [srvId, scheme, user, domain, tag] = parts;
      expect(keys.read(keyOf(parts))).to.deep.include({ aor: { scheme, user, domain }, tag, index: keys.index(srvId, { scheme, user, domain }) });
      expect(keys.read(keys.index(srvId, { scheme, user, domain }))).to.equal(undefined);
    }), { numRuns: 2000 });
  });

  it('have one hash tag for one address, and nothing in them that a pattern or a Cluster reads otherwise', () => {
    fc.assert(fc.property(keyParts, (parts) => {
      expect(keyOf(parts)).to.match(/^test:\{[\w.%/:@-]+\}\/[\w.%-]*$/);
    }), { numRuns: 2000 });
  });
});

describe('records of event-store-redis', () => {
  const seconds = fc.double({ min: 0, max: 1e11, noNaN: true }).map((value) => value + 0);
  const record = fc.record(
    { data: fc.uint8Array(), event: text, content_type: text, content_encoding: text, publisher: text, since: seconds, expires: seconds },
    { requiredKeys: ['data', 'event', 'expires'] },
  );

  it('come back as they were, with their version, whatever bytes and texts they hold', () => {
    fc.assert(fc.property(record, (given) => {
      const found = recordOf(bytesOf(given, 'one-write'));
      expect({ ...found, data: new Uint8Array(found.data) }).to.deep.equal({ ...given, version: '2 one-write' });
    }));
  });

  it('are as the documentation shows them', () => {
    const given = { data: Buffer.from('a\nbody'), event: 'presence', content_type: 'text/plain', publisher: 'alice@example.com', since: 1.5, expires: 61.5 };
    expect(bytesOf(given, 'w1').toString()).to.equal('2 w1\n{"event":"presence","content_type":"text/plain","publisher":"alice@example.com","since":1.5,"expires":61.5}\na\nbody');
  });

  it('of format 1, as former versions wrote them, are read', () => {
    const former = '{"event":"presence","content_type":"text/plain","expires":1700000000.123}\na\nbody';
    expect({ ...recordOf(Buffer.from(former)), data: '' }).to.deep.equal({
      data: '', event: 'presence', content_type: 'text/plain', expires: 1_700_000_000.123, version: former.split('\n')[0],
    });
    expect(Buffer.from(recordOf(Buffer.from(former)).data).toString()).to.equal('a\nbody');
    expect(recordOf(Buffer.from('{"event":"e","expires":1}\n')).data).to.have.length(0);
  });

  it('what is none is refused', () => {
    for (const foreign of ['', 'text', 'text\n', '{"event":1,"expires":1}\n', 'null\n', '{"event":"e","expires":1,"content_type":5}\nx', '{\n', '2 \n{}\n', '2 v\n', '2 v\n{"event":"e","expires":1,"since":""}\n', '2\n{"event":"e","expires":1}\n']) {
      expect(() => recordOf(Buffer.from(foreign)), foreign).to.throw('what Redis holds under this key is no publication');
    }
  });

  it('of a newer format are refused in a sentence', () => {
    expect(() => recordOf(Buffer.from('3 v9\nwhatever'))).to.throw(
      'The store is not available: a publication is stored in format 3, and this version reads formats 1 and 2: a newer version of event-store-redis uses the same Redis.');
  });
});
