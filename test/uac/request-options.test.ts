import { parseMediaType } from '@nksip-ts/sip';
import { expect } from 'chai';
import { NksipError } from '../../packages/core/src/errors.ts';
import { publishOptions, readOptions, requestOptions, type PublishOptions, type RequestOptions } from '../../packages/core/src/uac/request-options.ts';
import { faultThrownBy } from '../kit/caught.ts';

const refusal = (options: unknown, schema: typeof requestOptions | typeof publishOptions = requestOptions): NksipError => faultThrownBy(() => readOptions(schema, options));

describe('options of a request', () => {
  it('takes every option', () => {
    const all: Required<RequestOptions> = {
      from: 'sip:a@b', to: '"B" <sip:b@c>', call_id: 'x1@host', cseq_num: 0, route: ['<sip:p;lr>'], contact: ['<sip:c@d>'], max_forwards: 255,
      event: 'presence;id=1', expires: 4_294_967_295, sip_if_match: 'dx200xyz', body: new Uint8Array([1]), content_type: 'text/plain;charset=utf-8',
      user_agent: 'me', supported: 'a, b', require: ['a'], accept: ['text/plain'], reason: 'SIP;cause=200', replace: { 'X-A': '1' },
      insert: [['X-A', '1']], add: { 'X-A': ['1', '2'] }, sip_pass: [['realm', 'secret']], timeout: 0.5, get_meta: ['expires'],
    };
    expect(readOptions(requestOptions, all)).to.deep.equal(all);
    expect(Object.keys(all)).to.have.members(Object.keys(requestOptions.shape));
    for (const [name, schema] of Object.entries(requestOptions.shape)) expect(schema.meta(), name).to.include.keys('type', 'description');
  });

  it('takes a content type that was parsed', () => {
    const parsed = parseMediaType('Text/Plain;charset=utf-8;title="a b"');
    expect(readOptions(publishOptions, { event: 'presence', content_type: parsed } satisfies PublishOptions).content_type).to.equal('text/plain;charset=utf-8;title="a b"');
  });

  for (const [name, bad] of Object.entries({
    from: ['', 'nobody', 'sip:a@b\r\nX: y', 7], to: ['<sip:a@b', ''], call_id: ['a b', 'a@b@c', '', 'a\r\nb'], cseq_num: [-1, 2 ** 31, 1.5, '1'],
    route: ['<sip:p;lr>\r\nX: y', [7]], contact: ['x y z', ['<sip:a'], ''], max_forwards: [-1, 256], event: ['a b', 'presence\r\nX: y', '', 'a/b', 'a, b'],
    expires: [-1, 1.5, 4_294_967_296, '5', Number.NaN], sip_if_match: ['a b', 'a, b', '"a"', ''], body: [7, null, ['x']],
    content_type: ['text', 'text/plain\r\nX: y', '', { type: 'text/plain' }, { type: 'text', params: new Map() }, { type: 'text/plain', params: new Map([['a\r\nX', 'y']]) }, { type: 'text/plain', params: new Map([['a', 7]]) }], user_agent: ['', 'a\nb'], supported: [['a\nb'], 7], require: ['\0'], accept: [''],
    reason: ['a\rb'], replace: ['X: y', { 'X-A': 7 }], insert: [{ 'X-A': 'a\r\nVia: b' }], add: [[['X-A']], { 'X-A\r\nVia': 'b' }, [['X-A', 'a\r\nb']]],
    timeout: [0, -1, 3e9, '1', Number.POSITIVE_INFINITY], get_meta: ['expires', ['a\nb'], [7]],
  })) {
    it(`refuses a wrong ${name}, header injection included`, () => {
      for (const value of bad) {
        const error = refusal({ [name]: value });
        expect(error.code, String(value)).to.equal('invalid_option');
        expect(error.details).to.include({ option: name });
        expect(error.message).to.include(`'${name}'`).and.to.include('it must be ');
      }
    });
  }

  it('refuses an unknown option with the nearest name, at run time and by the compiler', () => {
    expect(refusal({ expire: 5 })).to.deep.include({ code: 'unknown_option', details: { option: 'expire', nearest: 'expires' } });
    expect(refusal({ sipIfMatch: 'x' })).to.include({ code: 'unknown_option' });
    expect(refusal({ event: 'presence', get_meta: ['expires'] }, publishOptions)).to.include({ code: 'unknown_option' });
    // @ts-expect-error unknown option
    const wrong: RequestOptions = { expire: 5 };
    // @ts-expect-error PUBLISH needs an event
    const missing: PublishOptions = { expires: 5 };
    expect([refusal(wrong).code, refusal(missing, publishOptions).message]).to.deep.equal([
      'unknown_option', "The option 'event' is missing: it must be an event package, such as 'presence'.",
    ]);
  });

  it('refuses what is no object', () => {
    for (const [options, kind] of [[null, 'null'], [undefined, 'undefined'], [7, 'a number'], ['expires', 'a text'], [[], 'a list'], [new Map(), 'a Map']] as const) {
      expect(refusal(options).code).to.equal('invalid_argument');
      expect(refusal(options, publishOptions).message).to.include(`The argument 'options' cannot be ${kind}: write an object`);
    }
    expect(refusal([['event', 'presence']]).message).to.equal("The argument 'options' cannot be a list: write an object: { event: ... }.");
  });

  it('tells what to write for the names of other programs', () => {
    for (const option of ['sip_etag', 'etag', 'if_match']) expect(refusal({ [option]: 'x' }).message).to.equal(`The option '${option}' is unknown: write sip_if_match, with the tag that the last response gave in meta.sip_etag.`);
    expect(refusal({ pass: 'hidden' }).message).to.equal("The option 'pass' is unknown: write sip_pass.");
    expect(refusal({ headers: {} }).message).to.equal("The option 'headers' is unknown: write add, insert or replace, each as { 'X-Name': 'value' }.");
  });
});
