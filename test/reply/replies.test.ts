import { expect } from 'chai';
import fc from 'fast-check';
import { explainReply, resolveReply, type OutgoingResponse } from '../../packages/core/src/reply/resolve.ts';
import { reasonPhrase, replyTable, type SipReply } from '../../packages/core/src/reply/table.ts';

const defaults = { allow: 'OPTIONS, PUBLISH', events: 'presence', accept: 'application/pidf+xml' };

function resolve(reply: SipReply): OutgoingResponse {
  const resolved = resolveReply(reply, defaults);
  if (resolved === undefined) throw new Error(explainReply(reply));
  return resolved;
}

const textOf = (reply: OutgoingResponse): string | undefined => reply.body === undefined ? undefined : Buffer.from(reply.body).toString('utf8');

describe('replies', () => {
  const table: readonly (readonly [SipReply, number, string, string])[] = [
    ['ok', 200, 'OK', ''],
    [200, 200, 'OK', ''],
    [599, 599, 'Server Failed', ''],
    ['forbidden', 403, 'Forbidden', ''],
    [['forbidden', 'Not today'], 403, 'Not today', ''],
    [['invalid_request', 'No Body'], 400, 'No Body', ''],
    ['conditional_request_failed', 412, 'Conditional Request Failed', ''],
    [['ok', { expires: 60, sip_etag: 'abc' }], 200, 'OK', 'Expires: 60\r\nSIP-ETag: abc\r\n'],
    [['ok', { expires: 0 }], 200, 'OK', 'Expires: 0\r\n'],
    [['ok', { expires: 4294967295 }], 200, 'OK', 'Expires: 4294967295\r\n'],
    [[480, { retry_after: 9, reason_phrase: 'At lunch' }], 480, 'At lunch', 'Retry-After: 9\r\n'],
    [['ok', { add: { 'X-One': '1', 'Supported': 'path' } }], 200, 'OK', 'X-One: 1\r\nSupported: path\r\n'],
    [['redirect_temporary', '<sip:b@c>'], 302, 'Moved Temporarily', 'Contact: <sip:b@c>\r\n'],
    [['bad_extension', '100rel, foo'], 420, 'Bad Extension', 'Unsupported: 100rel, foo\r\n'],
    [['extension_required', 'eventlist'], 421, 'Extension Required', 'Require: eventlist\r\n'],
    [['interval_too_brief', 60], 423, 'Interval Too Brief', 'Min-Expires: 60\r\n'],
    [['session_too_small', 90], 422, 'Session Interval Too Small', 'Min-SE: 90\r\n'],
    [[423, { add: { 'Min-Expires': '60' } }], 423, 'Interval Too Brief', 'Min-Expires: 60\r\n'],
    [['not_acceptable', '399 a "b"'], 488, 'Not Acceptable Here', 'Warning: 399 a "b"\r\n'],
    [['service_unavailable', 30], 503, 'Service Unavailable', 'Retry-After: 30\r\n'],
    [['method_not_allowed', 'OPTIONS'], 405, 'Method Not Allowed', 'Allow: OPTIONS\r\n'],
    [['unsupported_media_type', 'text/plain'], 415, 'Unsupported Media Type', 'Accept: text/plain\r\n'],
  ];
  for (const [reply, code, reason, headers] of table) {
    it(`${JSON.stringify(reply)} is ${code} ${reason}`, () => {
      expect(resolve(reply)).to.deep.equal({ code, reason, headers });
    });
  }

  it('what is for the log is kept apart, and none of it is sent', () => {
    const log = { user: 'alice', seconds: 60 };
    expect(resolve(['ok', { expires: 60, log }])).to.deep.equal({ code: 200, reason: 'OK', headers: 'Expires: 60\r\n', log });
    expect(resolve([403, { log, body: 'x' }])).to.include({ code: 403, log });
    for (const wrong of ['user', ['user'], { user: true }, null]) {
      expect(explainReply(['ok', { log: wrong }])).to.match(/^The option 'log' of a reply cannot be .*: it must be texts and numbers by name, like \{ user: 'alice' \}\.$/);
    }
  });

  it('a promise is no options, no fields of a log and no header lines, though it has none that are wrong', () => {
    const later = Promise.resolve({});
    expect(explainReply(['ok', later])).to.equal('a promise cannot be the options of a reply: write an object like { expires: 60 }.');
    expect(explainReply(['ok', { log: later }])).to.equal("The option 'log' of a reply cannot be a promise: it must be texts and numbers by name, like { user: 'alice' }.");
    expect(explainReply(['ok', { add: later }])).to.equal("'add' cannot be a promise: write { 'Header-Name': 'value' }.");
  });

  it('A33 405 carries Allow, the one of the service unless given', () => {
    expect(resolve('method_not_allowed').headers).to.equal('Allow: OPTIONS, PUBLISH\r\n');
    expect(resolve(405).headers).to.equal('Allow: OPTIONS, PUBLISH\r\n');
  });

  it('A03 489 carries Allow-Events, but never an empty one', () => {
    expect(resolve('bad_event').headers).to.equal('Allow-Events: presence\r\n');
    expect(resolve([489, { add: { 'allow-events': 'dialog' } }]).headers).to.equal('allow-events: dialog\r\n');
    expect(resolveReply('bad_event', { ...defaults, events: '' })).to.deep.equal({ code: 489, reason: 'Bad Event', headers: '' });
  });

  it('A14 415 carries Accept for a type, Accept-Encoding for an encoding', () => {
    expect(resolve('unsupported_media_type').headers).to.equal('Accept: application/pidf+xml\r\n');
    expect(resolve('unsupported_media_encoding')).to.include({ code: 415, headers: 'Accept-Encoding: identity\r\n' });
    expect(resolve(['unsupported_media_encoding', 'gzip']).headers).to.equal('Accept-Encoding: gzip\r\n');
  });

  it('D31 503 never goes without Retry-After', () => {
    for (const reply of [503, 'service_unavailable', ['service_unavailable', 'Overload'], [503, { add: { 'X-A': 'b' } }]] as const) {
      expect(resolve(reply).headers).to.match(/^(?:X-A: b\r\n)?Retry-After: 5\r\n$/);
    }
    expect(resolve(['service_unavailable', 'Overload']).reason).to.equal('Overload');
    expect(resolve([503, { retry_after: 0 }]).headers).to.equal('Retry-After: 0\r\n');
  });

  it('a challenge is left to whoever knows the realm', () => {
    expect(resolve('authenticate')).to.deep.equal({ code: 401, reason: 'Unauthorized', headers: '', challenge: {} });
    expect(resolve(['proxy_authenticate', 'example.com'])).to.deep.equal({ code: 407, reason: 'Proxy Authentication Required', headers: '', challenge: { realm: 'example.com' } });
  });

  it('RFC 3261 20.15 a body has its type told; an empty one is none', () => {
    const text = resolve(['ok', { body: 'žluťoučký' }]);
    expect(text.headers).to.equal('Content-Type: text/plain\r\n');
    expect(textOf(text)).to.equal('žluťoučký');
    expect(resolve(['ok', { body: new Uint8Array([0, 255]) }])).to.deep.include({ headers: 'Content-Type: application/octet-stream\r\n', body: new Uint8Array([0, 255]) });
    expect(resolve(['ok', { body: 'x', content_type: 'application/pidf+xml' }]).headers).to.equal('Content-Type: application/pidf+xml\r\n');
    expect(resolve(['ok', { body: '', content_type: 'a/b' }])).to.deep.equal({ code: 200, reason: 'OK', headers: '' });
  });

  const nonsense: readonly (readonly [unknown, string])[] = [
    ['forbiden', "Did you mean 'forbidden'?"],
    [['forbiden', 'x'], "Did you mean 'forbidden'?"],
    ['toString', "There is no reply 'toString'"],
    ['__proto__', "There is no reply '__proto__'"],
    ['timeout', "There is no reply 'timeout'"],
    [100, 'no final response code'],
    [180, 'no final response code'],
    [199, 'no final response code'],
    [700, 'no final response code'],
    [200.5, 'no final response code'],
    [Number.NaN, 'no final response code'],
    [408, 'RFC 4320'],
    [[408, {}], 'RFC 4320'],
    [['ok', { expiry: 3 }], "no option 'expiry'"],
    [['ok', { expire: 3 }], "Did you mean 'expires'?"],
    [['ok', { expires: '3' }], "cannot be '3'"],
    [['ok', { expires: -1 }], 'cannot be -1'],
    [['ok', { expires: 4294967296 }], 'cannot be 4294967296'],
    [['ok', { expires: 1.5 }], 'cannot be 1.5'],
    [['ok', { sip_etag: 'a b' }], 'a token'],
    [['ok', { sip_etag: '' }], 'a token'],
    [['ok', { body: 3 }], 'Uint8Array'],
    [['ok', 'text'], 'options of a reply'],
    [['ok', []], 'options of a reply'],
    [['ok', { add: { 'Content-Length': '3' } }], 'the stack sets it'],
    [['ok', { add: { l: '3' } }], 'the stack sets it'],
    [['ok', { add: { vIa: 'x' } }], 'the stack sets it'],
    [['ok', { add: { 'Expires': '3' } }], "the option 'expires' sets it"],
    [['ok', { add: { 'X Y': '3' } }], 'no header name'],
    [['ok', { add: { 'X-Y': 3 } }], 'a text on one line'],
    [['ok', { add: 'X-Y: 3' }], "'add' cannot be"],
    ['interval_too_brief', "['interval_too_brief', 60]"],
    [['interval_too_brief', '60'], "['interval_too_brief', 60]"],
    [423, 'must carry Min-Expires'],
    [[401, {}], 'must carry WWW-Authenticate'],
    [420, 'must carry Unsupported'],
    ['bad_extension', 'needs an argument'],
    ['redirect', 'needs an argument'],
    [['forbidden', 3], 'cannot have 3'],
    [['forbidden', ''], 'cannot have'],
    [['forbidden'], 'is no reply'],
    [['forbidden', undefined], 'without its argument'],
    [['forbidden', 'a', 'b'], 'is no reply'],
    [[{}, 'a'], 'neither the code nor the name'],
    [undefined, 'is no reply'], [null, 'is no reply'], [{}, 'is no reply'], [true, 'is no reply'], [[], 'is no reply'],
  ];
  for (const [reply, why] of nonsense) {
    it(`refuses ${JSON.stringify(reply) ?? String(reply)} and says why`, () => {
      expect(resolveReply(reply, defaults)).to.equal(undefined);
      expect(explainReply(reply)).to.include(why);
      expect(explainReply(reply)).to.match(/^[^\r\n]*[.?]$/);
    });
  }

  it('a line break in a value never reaches the wire', () => {
    for (const bad of ['a\r\nX: y', 'a\nb', 'a\rb', 'a\u0000b', '\u007f']) {
      for (const reply of [
        ['ok', { sip_etag: bad }], ['ok', { reason_phrase: bad }], ['ok', { add: { 'X-A': bad } }], ['ok', { add: { [bad]: 'x' } }],
        ['ok', { body: 'x', content_type: bad }], ['forbidden', bad], ['authenticate', bad], ['bad_extension', bad], ['service_unavailable', bad],
      ]) expect(resolveReply(reply, defaults), JSON.stringify(reply)).to.equal(undefined);
    }
  });

  it('looks at inherited options too, since they are written as well', () => {
    const options = Object.create({ sip_etag: 'a\r\nX: y' }) as object;
    expect(resolveReply(['ok', options], defaults)).to.equal(undefined);
    expect(explainReply(['ok', options])).to.equal("The option 'sip_etag' of a reply cannot be 'a\\r\\nX: y': it must be a token.");
    expect(resolveReply(['ok', Object.create({ expires: 60, other: 1 })], defaults)?.headers).to.equal('Expires: 60\r\n');
  });

  it('every answer is whole lines, whatever it is asked for', () => {
    const anything = fc.oneof(
      fc.anything(),
      fc.tuple(fc.constantFrom(...Object.keys(replyTable)), fc.anything()),
      fc.tuple(fc.integer({ min: 90, max: 710 }), fc.record({ add: fc.dictionary(fc.string(), fc.string()), expires: fc.double(), reason_phrase: fc.string(), body: fc.string() }, { requiredKeys: [] })),
    );
    fc.assert(fc.property(anything, (reply) => {
      const resolved = resolveReply(reply, defaults);
      if (resolved === undefined) return explainReply(reply).length > 0;
      expect(resolved.headers).to.match(/^(?:[^\r\n:]+: [^\r\n]*\r\n)*$/);
      expect(resolved.reason).to.match(/^[^\r\n]+$/);
      expect(resolved.code).to.be.within(200, 699).and.not.equal(408);
      return true;
    }), { numRuns: 2000 });
  });

  it('every name of the table makes a response, alone or with its argument', () => {
    const example = { options: {}, min_expires: 1, min_se: 1, retry_after: 1 } as Readonly<Record<string, unknown>>;
    for (const [name, row] of Object.entries(replyTable)) {
      expect(resolveReply([name, example[row.takes] ?? 'a'], defaults), name).to.include({ code: row.code });
      expect(resolveReply(name, defaults) === undefined, name).to.equal(row.required);
    }
  });

  it('has neither 1xx nor 408 in the table, and a phrase for every code', () => {
    for (const { code } of Object.values(replyTable)) expect(code).to.be.within(200, 606).and.not.equal(408);
    expect([200, 404, 415, 482, 493, 499, 299, 399, 599, 699].map(reasonPhrase)).to.deep.equal([
      'OK', 'Not Found', 'Unsupported Media Type', 'Loop Detected', 'Undecipherable', 'Request Failed', 'OK', 'Redirected', 'Server Failed', 'Refused',
    ]);
  });
});
