import { expect } from 'chai';
import fc from 'fast-check';
import { Keys } from '../../packages/event-store-redis/src/keys.ts';
import { bytesOf, recordOf } from '../../packages/event-store-redis/src/record-bytes.ts';

/** Any UTF-16, lone surrogates too, and rich in what could part a key. */
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'{}/:@%*?[]\\^ a\n\0é', '\ud800') }));
const keyParts = fc.tuple(text, text, text, text, text);
const keys = new Keys('test:');

function keyOf([srvId, scheme, user, domain, tag]: readonly [string, string, string, string, string]): string {
  return keys.record(srvId, { scheme, user, domain }, tag).key;
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
    fc.assert(fc.property(keyParts, keyParts, (one, other) => {
      expect(keyOf(one) === keyOf(other)).to.equal(one.every((part, i) => part === other[i]));
    }), { numRuns: 2000 });
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
  it('come back as they were, whatever bytes and texts they hold', () => {
    const record = fc.record({ data: fc.uint8Array(), event: text, content_type: text, content_encoding: text, expires: fc.double({ min: 0, max: 1e11, noNaN: true }) }, { requiredKeys: ['data', 'event', 'expires'] });
    fc.assert(fc.property(record, (given) => {
      const found = recordOf(bytesOf(given));
      expect({ ...found, data: new Uint8Array(found.data) }).to.deep.equal({ ...given, expires: given.expires + 0 });
    }));
  });

  it('what is none is refused', () => {
    for (const foreign of ['', 'text', '{"event":1,"expires":1}\n', 'null\n', '{"event":"e","expires":1,"content_type":5}\nx']) {
      expect(() => recordOf(Buffer.from(foreign)), foreign).to.throw();
    }
  });
});
