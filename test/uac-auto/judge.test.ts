import type { SipResponse } from '@nksip-ts/core';
import { expect } from 'chai';
import { judge, type Result, type Sent, type Verdict } from '../../packages/uac-auto/src/keep/judge.ts';

const sent = (change: Partial<Sent> = {}): Sent => ({ expires: 60, hasTag: false, isSecure: false, tried: new Set(), ...change });

function answered(code: number, headers: Readonly<Record<string, string | readonly string[]>> = {}): Result {
  const response: SipResponse = { code, reason: '', body: new Uint8Array(0), header: (name) => [headers[name] ?? []].flat() };
  return { ok: false, code, meta: {}, response };
}

const later = (retryAfter?: number): Verdict => ({ kind: 'later', retryAfter });
const over: Verdict = { kind: 'over' };

describe('What follows from a response', () => {
  it('B09 is kept for what the response grants; where it says nothing, for what was asked; else for an hour', () => {
    const ok = (expires?: number): Result => ({ ok: true, code: 200, meta: { expires } });
    expect(judge(ok(8), sent())).to.deep.equal({ kind: 'kept', expires: 8 });
    expect(judge(ok(), sent())).to.deep.equal({ kind: 'kept', expires: 60 });
    expect(judge(ok(), sent({ expires: undefined }))).to.deep.equal({ kind: 'kept', expires: 3600 });
    expect(judge(ok(0), sent())).to.deep.equal({ kind: 'later' });
  });

  it('B11 B12 after a 412 to a tag the state goes again at once without it, once; without a tag there is nothing to change', () => {
    expect(judge(answered(412), sent({ hasTag: true }))).to.deep.equal({ kind: 'again', change: { kind: 'tag' } });
    expect(judge(answered(412), sent({ hasTag: true, tried: new Set(['tag']) }))).to.deep.equal(later());
    expect(judge(answered(412), sent())).to.deep.equal(later());
  });

  it('B13 after a 423 it asks for Min-Expires, once; without one it gives up; one that was asked for already makes no loop', () => {
    const brief = answered(423, { 'Min-Expires': '120' });
    expect(judge(brief, sent())).to.deep.equal({ kind: 'again', change: { kind: 'expires', expires: 120 } });
    expect(judge(brief, sent({ expires: undefined }))).to.deep.equal({ kind: 'again', change: { kind: 'expires', expires: 120 } });
    expect(judge(brief, sent({ expires: 120 }))).to.deep.equal(later());
    expect(judge(brief, sent({ tried: new Set(['expires']) }))).to.deep.equal(later());
    expect(judge(answered(423), sent())).to.deep.equal(over);
    expect(judge(answered(423, { 'Min-Expires': 'soon' }), sent())).to.deep.equal(over);
  });

  it('B15 a redirection is followed to the contact with the highest q, once; a sips request only to sips', () => {
    const contacts = { Contact: ['<sip:a@one.example>;q=0.2, <tel:+1>;q=1', '<sip:b@two.example:5070;transport=tcp>;q=0.7, <sips:c@three.example>;q=0.1', '<sip:d@four.example?Subject=x>;q=0.9, <sip:e@five.example;method=INVITE>'] };
    const to = (target: string): Verdict => ({ kind: 'again', change: { kind: 'target', target } });
    for (const code of [300, 301, 302]) expect(judge(answered(code, contacts), sent())).to.deep.equal(to('sip:b@two.example:5070;transport=tcp'));
    expect(judge(answered(302, contacts), sent({ isSecure: true }))).to.deep.equal(to('sips:c@three.example'));
    expect(judge(answered(302, contacts), sent({ tried: new Set(['target']) }))).to.deep.equal(later());
    for (const Contact of [[], ['*'], ['nonsense <'], ['<mailto:a@b>']]) expect(judge(answered(302, { Contact }), sent())).to.deep.equal(over);
    expect(judge(answered(305, contacts), sent())).to.deep.equal(over);
  });

  it('B16 a server that is down, silent or away is asked again later, after its Retry-After if it has one', () => {
    for (const code of [408, 480, 500, 502, 503, 504, 599]) expect(judge(answered(code), sent()), String(code)).to.deep.equal(later());
    for (const code of [404, 413, 486, 503, 600, 603]) expect(judge(answered(code, { 'Retry-After': '7 (soon);duration=9' }), sent()), String(code)).to.deep.equal(later(7));
    for (const local of ['timeout', 'transport'] as const) expect(judge({ ok: false, code: 408, meta: {}, local }, sent())).to.deep.equal({ kind: 'later' });
  });

  it('B17 B22 what the same request would get again ends it; so does a 2xx without a tag', () => {
    for (const code of [200, 305, 380, 400, 401, 403, 404, 405, 407, 410, 415, 416, 420, 489, 493, 501, 505, 513, 600, 603, 604, 606]) expect(judge(answered(code), sent()), String(code)).to.deep.equal(over);
  });
});
