import { expect } from 'chai';
import { NksipError, errorTable, faultWithCode, reasonOf, show, type ErrorCode } from '../../packages/core/src/errors.ts';

const codes = Object.keys(errorTable) as ErrorCode[];

describe('errors', () => {
  for (const code of codes) {
    it(`${code} makes a whole sentence, whatever the details`, () => {
      for (const details of [undefined, {}, { option: 'a\r\nb', plugin: 3, callback: null, reason: '', path: 'x', retry_after: 'soon', given: { deep: [1n] } }]) {
        const error = new NksipError(code, details);
        expect(error.message).to.match(/^[A-Z'"\d[{a-z].*[.?]$/).and.not.match(/[\r\n]/);
        expect(error.message).not.to.include('[object');
      }
      expect(errorTable[code].summary).to.match(/\.$/);
    });
  }

  it('tell code, details and cause', () => {
    const cause = new Error('below');
    const error = new NksipError('transport_error', { transport: 'udp', address: '127.0.0.1', port: 5060, reason: 'closed' }, { cause });
    expect(error).to.be.instanceOf(Error).and.include({ name: 'NksipError', code: 'transport_error', cause, message: 'udp 127.0.0.1:5060 failed: closed.' });
    expect(error.details).to.include({ port: 5060 });
  });

  it('say nothing that a terminal would obey, whoever said it', () => {
    const error = new NksipError('callback_failed', { callback: 'sip_publish', reason: 'a\x1b[31m\n  b\u202e.' });
    expect(error.message).to.equal(String.raw`The callback 'sip_publish' failed: a\x1b[31m b\u202e.`);
  });

  it('are found among the causes of another', () => {
    const inner = new NksipError('queue_full', { limit: 3 });
    const outer = new Error('outer', { cause: new NksipError('callback_failed', {}, { cause: inner }) });
    expect(faultWithCode(outer, 'queue_full')).to.equal(inner);
    expect(faultWithCode(inner, 'queue_full')).to.equal(inner);
    expect(faultWithCode(outer, 'timeout')).to.equal(undefined);
    expect(faultWithCode('text', 'timeout')).to.equal(undefined);
    const loop = new Error('loop');
    loop.cause = loop;
    expect(faultWithCode(loop, 'timeout')).to.equal(undefined);
  });

  it('show any value on one short line', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    for (const value of ['a\r\nb', 'x'.repeat(1000), circle, null, undefined, 3n, Symbol('s'), () => 1, { a: 1 }, new Map(), Object.create(null)]) {
      expect(show(value)).to.have.length.within(1, 120).and.not.match(/[\r\n]/);
    }
    expect(show('a\r\n\x1bb\u202e')).to.equal(String.raw`'a\r\n\x1bb\u202e'`);
    expect(reasonOf(new Error('why'))).to.equal('why');
    expect(reasonOf('thrown text')).to.equal("'thrown text'");
  });
});
