// What NkSIP's own tests of its registrar and of nksip_uac_auto_register do, as far as no other test here does it.
import { uac, type Service } from '@nksip-ts/core';
import { find, qfind } from '@nksip-ts/registrar';
import { registrations, startRegister, stopRegister, type RegistrationUpdate } from '@nksip-ts/uac-auto';
import { expect } from 'chai';
import { closeAll, portOf, running } from '../wire/running.ts';

describe('NkSIP: registrations', () => {
  afterEach(closeAll);

  const registrar = (spec: object = {}): Promise<Service> => running({ plugins: ['registrar'], sip_listen: 'sip:127.0.0.1:0', ...spec });
  const uriOf = (service: Service, user = 'alice', transport: 'udp' | 'tcp' = 'udp'): string => `sip:${user}@127.0.0.1:${portOf(service, transport)};transport=${transport}`;
  const contactsOf = async (service: Service): Promise<readonly string[]> => (await find(service, 'sip:alice@127.0.0.1')).map(({ contact }) => contact);

  it('one contact: below the minimum, above the maximum, its Call-ID again with a lower CSeq, with the same, with another Call-ID', async () => {
    const server = await registrar({ sip_registrar_min_time: 60, sip_registrar_max_time: 300 });
    const client = await running({ sip_listen: 'sip:127.0.0.1:0' });
    const asked = (options: object) => uac.register(client, uriOf(server), { contact: '<sip:alice@192.0.2.1>', ...options });
    const brief = await asked({ expires: 59 });
    expect([brief.code, brief.meta.min_expires]).to.deep.equal([423, 60]);
    expect((await asked({ expires: 301, call_id: 'mine', cseq_num: 10 })).meta.contact).to.deep.equal(['<sip:alice@192.0.2.1>;expires=300']);
    for (const cseq_num of [9, 10]) {
      const old = await asked({ expires: 100, call_id: 'mine', cseq_num });
      expect([old.code, old.response?.reason]).to.deep.equal([500, 'Rejected Old CSeq']);
    }
    expect((await asked({ expires: 100, call_id: 'mine', cseq_num: 11 })).code).to.equal(200);
    expect((await asked({ expires: 200, call_id: 'other', cseq_num: 1 })).meta.contact).to.deep.equal(['<sip:alice@192.0.2.1>;expires=200']);
    expect((await asked({ call_id: 'other', cseq_num: 2, unregister: true })).meta.contact).to.deep.equal([]);
  });

  it('several contacts with a q: found by it; unregister_all removes them', async () => {
    const server = await registrar();
    const client = await running({ sip_listen: 'sip:127.0.0.1:0' });
    const uri = uriOf(server);
    const contact = ['<sip:aaa:123>;q=0.1', '<sips:bbb:123;transport=tcp>;q=0.5', '<sip:ccc>;q=0.1', '<sip:ddd:444;transport=tcp>'];
    expect((await uac.register(client, uri, { contact, expires: 100 })).code).to.equal(200);
    expect((await qfind(server, 'sip:alice@127.0.0.1')).map((group) => group.map(({ contact: one }) => one).sort())).to.deep.equal([['sip:ddd:444;transport=tcp'], ['sips:bbb:123;transport=tcp'], ['sip:aaa:123', 'sip:ccc']]);
    expect(await contactsOf(server)).to.have.length(4);
    expect((await uac.register(client, uri, { unregister_all: true })).meta.contact).to.deep.equal([]);
    expect(await contactsOf(server)).to.deep.equal([]);
  });

  it('kept over TCP: refreshed in time; false is told once when the server goes, true when it is back, false at the stop', async () => {
    const server = await registrar({ sip_registrar_min_time: 1 });
    const [udp, tcp] = [portOf(server, 'udp'), portOf(server, 'tcp')];
    const told: boolean[] = [];
    const client = await running({ plugins: ['uac-auto'], sip_listen: 'sip:127.0.0.1:0', sip_uac_auto_retry_time: 1, sip_uac_auto_max_retry_time: 1 }, {
      sip_uac_auto_register_updated_register: (_id: string, ok: boolean) => { told.push(ok); },
    });
    const next = (matches: (update: RegistrationUpdate) => boolean): Promise<RegistrationUpdate> => new Promise((resolve) => {
      const listener = (update: RegistrationUpdate): void => {
        if (!matches(update)) return;
        client.events.off('uac_auto:registration', listener);
        resolve(update);
      };
      client.events.on('uac_auto:registration', listener);
    });
    const first = await startRegister(client, 'auto1', uriOf(server, 'alice', 'tcp'), { expires: 1 });
    expect([first.ok, (await next(({ ok }) => ok)).ok]).to.deep.equal([true, true]);
    const away = next(({ ok }) => !ok);
    await server.stop();
    expect((await away).state).to.equal('retrying');
    expect(registrations(client).map(({ id, ok }) => [id, ok])).to.deep.equal([['auto1', false]]);
    const back = next(({ ok }) => ok);
    const again = await running({ plugins: ['registrar'], sip_listen: `sip:127.0.0.1:${tcp};transport=tcp, sip:127.0.0.1:${udp};transport=udp`, sip_registrar_min_time: 1 });
    await back;
    expect(await contactsOf(again)).to.have.length(1);
    await stopRegister(client, 'auto1');
    expect([await contactsOf(again), registrations(client), told]).to.deep.equal([[], [], [true, false, true, false]]);
  }).timeout(20_000);
});
