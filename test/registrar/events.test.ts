import { clear, remove, type RegistrationChange } from '@nksip-ts/registrar';
import type { Service } from '@nksip-ts/core';
import { expect } from 'chai';
import { closeAll } from '../wire/running.ts';
import { registering } from './over-udp.ts';

const phone = '<sip:alice@192.0.2.1>';

/** What the events of a service told, as texts. */
function heard(service: Service): readonly string[] {
  const told: string[] = [];
  service.events.on('registrar:changed', ({ service: id, aor, contacts, reason }: RegistrationChange) => {
    told.push([id === service.id, `${aor.scheme}:${aor.user}@${aor.domain}`, reason, ...contacts.map(({ contact }) => contact)].join(' '));
  });
  service.events.on('registrar:cleared', ({ service: id, reason }) => { told.push(`${id === service.id} ${reason}`); });
  return told;
}

describe('the events of the registrar', () => {
  afterEach(closeAll);

  it('tell what is registered for an address after each change, a refresh too', async () => {
    const { register, service } = await registering();
    const told = heard(service);
    await register({ contact: phone, callId: 'phone', cseq: 1 });
    await register({ contact: phone, callId: 'phone', cseq: 2 });
    await register({ contact: '<sip:alice@192.0.2.2>', callId: 'desk', cseq: 1 });
    await register({ contact: phone, callId: 'phone', cseq: 3, expires: 0 });
    expect(told).to.deep.equal([
      'true sip:alice@example.com register sip:alice@192.0.2.1', 'true sip:alice@example.com register sip:alice@192.0.2.1',
      'true sip:alice@example.com register sip:alice@192.0.2.2 sip:alice@192.0.2.1', 'true sip:alice@example.com register sip:alice@192.0.2.2',
    ]);
  });

  it('tell nothing of what is refused, asked, or not there; and tell what programs remove', async () => {
    const { register, service } = await registering();
    const told = heard(service);
    await register({ contact: phone, callId: 'phone', cseq: 2 });
    await register({ contact: phone, callId: 'phone', cseq: 1 });
    await register({ contact: [] });
    await register({ contact: '<sip:nobody@192.0.2.9>', expires: 0 });
    await remove(service, 'sip:bob@example.com');
    expect(told).to.have.length(1);
    await remove(service, 'sip:alice@example.com');
    await clear(service);
    expect(told.slice(1)).to.deep.equal(['true sip:alice@example.com remove', 'true clear']);
  });
});
