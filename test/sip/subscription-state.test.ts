import { formatSubscriptionState, parseSubscriptionState } from '@nksip-ts/sip';
import { expect } from 'chai';

const read = (text: string): Record<string, unknown> | undefined => {
  const value = parseSubscriptionState(text);
  if (value === undefined) return undefined;
  const { params: _params, ...others } = value;
  return others;
};

describe('Subscription-State', () => {
  for (const [text, value] of [
    ['active;expires=60', { state: 'active', expires: 60 }],
    [' Pending ; Expires = "7" ', { state: 'pending', expires: 7 }],
    ['terminated;reason=giveup;retry-after=5', { state: 'terminated', reason: 'giveup', retryAfter: 5 }],
    ['terminated', { state: 'terminated' }],
    ['active', { state: 'active' }],
    ['waiting;x;y="a;b"', { state: 'waiting' }],
    ['terminated;reason=NewOne', { state: 'terminated', reason: 'newone' }],
    ['active;expires=soon', { state: 'active' }],
    ['active;expires=99999999999', { state: 'active' }],
    ['terminated;reason', { state: 'terminated' }],
  ] as const) {
    it(`RFC 6665 8.2.3 reads '${text}'`, () => {
      expect(read(text)).to.deep.equal(value);
    });
  }

  for (const text of ['', ' ', ';expires=1', 'active expires=1', 'active,pending', 'active;;', 'active;expires=1;expires=2']) {
    it(`RFC 6665 8.2.3 refuses '${text}'`, () => {
      expect(read(text)).to.equal(undefined);
    });
  }

  it('RFC 6665 8.2.3 keeps parameters that it does not know', () => {
    expect(parseSubscriptionState('active;Foo=bar;flag;expires=3')?.params).to.deep.equal(new Map([['foo', 'bar'], ['flag', ''], ['expires', '3']]));
  });

  it('RFC 6665 8.2.3 is written as it is read', () => {
    for (const text of ['active;expires=60', 'pending', 'terminated;reason=probation;retry-after=5', 'terminated;reason=timeout']) {
      expect(formatSubscriptionState(parseSubscriptionState(text)!)).to.equal(text);
    }
  });
});
