import { expect } from 'chai';
import fc from 'fast-check';
import { nearestName } from '../../packages/core/src/nearest-name.ts';

const names = ['sip_publish', 'sip_options', 'sip_events', 'event-compositor', 'forbidden', 'ok'];

describe('the nearest known name', () => {
  for (const [written, meant] of [
    ['sip_pubish', 'sip_publish'], ['sip_pulbish', 'sip_publish'], ['sipPublish', 'sip_publish'], ['sip_publishh', 'sip_publish'],
    ['event_compositor', 'event-compositor'], ['event-compositr', 'event-compositor'], ['FORBIDDEN', 'forbidden'], ['forbiden', 'forbidden'],
    ['sip_option', 'sip_options'], ['sip_event', 'sip_events'], ['oK', 'ok'],
  ] as const) {
    it(`is ${meant} for ${written}`, () => { expect(nearestName(written, names)).to.equal(meant); });
  }

  for (const written of ['', 'x', 'tls_certfile', 'hello world', 'sip_get_user_pass', 'accepted', 'a'.repeat(100_000)]) {
    it(`is none for ${written.slice(0, 20) || 'an empty name'}`, () => { expect(nearestName(written, names)).to.equal(undefined); });
  }

  it('is the name itself where it is known', () => {
    fc.assert(fc.property(fc.array(fc.string({ minLength: 1, maxLength: 20 }), { minLength: 1 }), (known) => {
      const [name = ''] = known;
      const nearest = nearestName(name, known);
      expect(nearest?.toLowerCase().replaceAll('-', '_')).to.equal(name.toLowerCase().replaceAll('-', '_'));
    }));
  });
});
