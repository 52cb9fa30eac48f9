import { Refused } from '@nksip-ts/core';
import { options } from '@nksip-ts/event-notifier';
import { expect } from 'chai';
import { acceptedType } from '../../packages/event-notifier/src/subscribe/accept.ts';
import { decide, type Asked } from '../../packages/event-notifier/src/subscribe/decide.ts';
import { policyOf } from '../../packages/event-notifier/src/subscribe/policy.ts';
import type { NotifierOptions } from '../../packages/event-notifier/src/options.ts';
import { subscribeRequest, type SubscribeParts } from './subscribe-request.ts';

const PIDF = 'application/pidf+xml';
const filtering = {
  name: 'filtered', types: ['text/plain'] as [string], filters: ['application/simple-filter+xml'], defaultExpires: 100, minInterval: 0,
  compose: () => ({ data: Buffer.from(''), content_type: 'text/plain' }), neutral: () => ({ data: Buffer.from(''), content_type: 'text/plain' }),
  finish: (document: { data: Uint8Array; content_type: string }) => document,
};

function read(parts: SubscribeParts, given: object = {}): Asked | Refused {
  const parsed = options.parse({ sip_event_notifier_packages: [filtering], ...given }) as NotifierOptions;
  return decide(subscribeRequest(parts).req.message, policyOf(parsed, ['presence', 'dialog', 'message-summary', 'filtered', 'weather']));
}

const refusal = (parts: SubscribeParts, given?: object): unknown => {
  const asked = read(parts, given);
  return asked instanceof Refused ? asked.reply : 'taken';
};
const granted = (parts: SubscribeParts, given?: object): number => {
  const asked = read(parts, given);
  if (asked instanceof Refused) throw new Error(JSON.stringify(asked.reply));
  return asked.expires;
};

describe('what decides a SUBSCRIBE', () => {
  it('C01 answers 489 where the event package is not served', () => {
    expect(refusal({ event: 'conference' })).to.deep.equal(['bad_event', 'Event Package Not Served']);
  });

  it('C02 grants what was asked for, lowered to the maximum and never raised', () => {
    expect(granted({ expires: 120 })).to.equal(120);
    expect(granted({ expires: 4_294_967_295 })).to.equal(600);
    expect(granted({ expires: 5000 }, { sip_event_notifier_max_expires: 7200 })).to.equal(5000);
  });

  it('C20 takes the default of the package where there is no Expires', () => {
    expect(granted({}, { sip_event_notifier_max_expires: 10_000 })).to.equal(3600);
    expect(granted({ event: 'filtered' })).to.equal(100);
    expect(granted({ event: 'message-summary' })).to.equal(600);
  });

  it('C03 answers 423 only to what is below the minimum and below an hour', () => {
    const given = { sip_event_notifier_min_expires: 7200, sip_event_notifier_max_expires: 7200 };
    expect(refusal({ expires: 3599 }, given)).to.deep.equal(['interval_too_brief', 7200]);
    expect(granted({ expires: 3600 }, given)).to.equal(3600);
    expect(granted({ expires: 0 }, given)).to.equal(0);
    expect(granted({ expires: 1 })).to.equal(1);
  });

  it('RFC 3261 20.19 answers 400 to an Expires that is no number', () => {
    expect(refusal({ expires: 'soon' })).to.deep.equal(['invalid_request', 'Malformed Expires']);
  });

  it('C21 answers 406 where Accept allows no type of the package, and 400 where it cannot be read', () => {
    expect(refusal({ accept: ['text/plain'] })).to.equal(406);
    expect(refusal({ accept: [''] })).to.equal(406);
    expect(refusal({ accept: ['pidf'] })).to.deep.equal(['invalid_request', 'Malformed Accept']);
    expect(refusal({ event: 'weather', accept: ['text/plain'] })).to.equal('taken');
  });

  it('RFC 3261 8.2.3 answers 415 to a body that the package does not take, and keeps one that it does', () => {
    expect(refusal({ body: '<x/>', type: 'application/simple-filter+xml' })).to.have.nested.property('[0]', 415);
    expect(refusal({ event: 'filtered', body: '<x/>', type: 'application/other' })).to.have.nested.property('[1].add.Accept', 'application/simple-filter+xml');
    expect(refusal({ event: 'filtered', body: 'x', type: 'application/simple-filter+xml', headers: [['Content-Encoding', 'deflate']] })).to.deep.equal(['unsupported_media_encoding', 'identity']);
    const asked = read({ event: 'filtered', body: '<x/>', type: 'application/simple-filter+xml' });
    if (asked instanceof Refused) throw new Error('refused');
    expect(asked.filter?.content_type).to.equal('application/simple-filter+xml');
    expect(Buffer.from(asked.filter?.data ?? []).toString()).to.equal('<x/>');
  });
});

describe('the type that Accept allows', () => {
  const types = [PIDF, 'application/cpim-pidf+xml'] as [string, string];
  const cases: readonly (readonly [title: string, lines: readonly string[], type: string])[] = [
    ['the default one without Accept', [], PIDF],
    ['the first of the package, whatever the order in Accept', ['application/cpim-pidf+xml, application/pidf+xml'], PIDF],
    ['one of several lines', ['text/html', 'application/xpidf+xml', 'application/cpim-pidf+xml'], 'application/cpim-pidf+xml'],
    ['what a range has', ['application/*'], PIDF],
    ['any type', ['*/*'], PIDF],
    ['not one with q=0, whatever a range says', ['application/pidf+xml;q=0, application/*;q=0.1'], 'application/cpim-pidf+xml'],
    ['what is written in capitals', ['Application/PIDF+XML;q=0.5'], PIDF],
  ];
  for (const [title, lines, type] of cases) it(`C21 is ${title}`, () => { expect(acceptedType(lines, types)).to.deep.equal({ type }); });

  it('C21 is found in 200 lines (testsuite large_number_of_accept_headers)', () => {
    const lines = [...Array.from({ length: 199 }, (_, n) => `application/x-${n}`), PIDF];
    expect(acceptedType(lines, types)).to.deep.equal({ type: PIDF });
  });

  it('C21 is none where all have q=0', () => { expect(acceptedType(['*/*;q=0'], types)).to.equal('none'); });
});
