import { expect } from 'chai';
import { configErrors } from '../../packages/cli/src/config/errors.ts';
import { eventStoreErrors } from '../../packages/event-compositor/src/index.ts';
import { NksipError, defineErrors, errorTable, faultWithCode, reasonOf, show, type ErrorCode, type ErrorDetails } from '../../packages/core/src/errors.ts';

const table = { ...errorTable, ...eventStoreErrors, ...configErrors };
const codes = Object.keys(table) as (keyof typeof table)[];

const greetingErrors = {
  greeting_late: { summary: 'Too late. details: seconds.', message: ({ seconds }: ErrorDetails) => `The greeting is ${String(seconds)} seconds late.` },
};

declare module '@nksip-ts/core' {
  interface ErrorCodes { greeting_late: object }
}

describe('errors', () => {
  for (const code of codes) {
    it(`${code} makes a whole sentence, whatever the details`, () => {
      for (const details of [undefined, {}, { option: 'a\r\nb', plugin: 3, callback: null, reason: '', path: 'x', retry_after: 'soon', given: { deep: [1n] } }]) {
        const error = new NksipError(code, details);
        expect(error.message).to.match(/^[A-Z'"\d[{a-z].*[.?]$/).and.not.match(/[\r\n]/);
        expect(error.message).not.to.include('[object');
      }
      expect(table[code].summary).to.match(/\.$/);
    });
  }

  it('with codes of a package have its texts, and a code has one owner', () => {
    defineErrors(greetingErrors);
    expect(new NksipError('greeting_late', { seconds: 3 })).to.include({ code: 'greeting_late', message: 'The greeting is 3 seconds late.' });
    expect(defineErrors(greetingErrors), 'a second copy of the package').to.equal(greetingErrors);
    expect(() => defineErrors({ timeout: greetingErrors.greeting_late })).to.throw("The argument 'table' cannot be 'timeout': another package has such a code already.");
    expect(() => new NksipError('greeting_early' as ErrorCode)).to.throw(RangeError, 'greeting_early');
  });

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
