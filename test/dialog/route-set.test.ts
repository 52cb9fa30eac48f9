import { expect } from 'chai';
import { formatUri } from '@nksip-ts/sip';
import { NksipError } from '../../packages/core/src/errors.ts';
import { routeTo } from '../../packages/core/src/dialog/route-set.ts';
import { uriOf } from '../kit/parsed.ts';

function routed(target: string, ...routes: string[]): { requestUri: string; route: readonly string[]; nextHop: string } {
  const { requestUri, route, nextHop } = routeTo(uriOf(target), routes);
  return { requestUri, route, nextHop: formatUri(nextHop) };
}

describe('route set', () => {
  it('RFC 3261 12.2.1.1 without one: the target is the request URI and the next hop', () => {
    expect(routed('sip:b@h;transport=tcp')).to.deep.equal({ requestUri: 'sip:b@h;transport=tcp', route: [], nextHop: 'sip:b@h;transport=tcp' });
  });

  it('RFC 3261 12.2.1.1 a loose router is the next hop and stays in Route', () => {
    expect(routed('sip:b@h', '<sip:p1;lr>, "P" <sip:p2;lr>;x=1', 'sip:p3;lr;transport=tcp')).to.deep.equal({
      requestUri: 'sip:b@h', route: ['<sip:p1;lr>', 'P <sip:p2;lr>;x=1', '<sip:p3;lr;transport=tcp>'], nextHop: 'sip:p1;lr',
    });
  });

  it('RFC 3261 12.2.1.1 a strict router becomes the request URI, and the target the last route', () => {
    expect(routed('sip:b@h', '<sip:strict:5066;method=INFO?subject=x>', '<sip:p2;lr>')).to.deep.equal({
      requestUri: 'sip:strict:5066', route: ['<sip:p2;lr>', '<sip:b@h>'], nextHop: 'sip:strict:5066;method=INFO?subject=x',
    });
  });

  it('D38 RFC 3261 8.1.2 goes to the next hop as to a SIPS URI if the target is one', () => {
    expect(routed('sips:b@h', '<sip:p1;lr>').nextHop).to.equal('sips:p1;lr');
    expect(routed('sip:b@h', '<sips:p1;lr>').nextHop).to.equal('sips:p1;lr');
  });

  it('refuses what is no SIP address', () => {
    for (const route of ['*', 'nonsense', '<tel:1>', '<sip:>', 'sip:a@b;lr, x']) {
      expect(() => routed('sip:b@h', route), route).to.throw(NksipError).with.property('code', 'invalid_option');
    }
  });
});
