import { del, get, list, use, put, startByName, uac, update, type PluginService } from '@nksip-ts/core';
import { expect } from 'chai';
import { closeAll, running } from '../wire/running.ts';
import { faultOf } from './faults.ts';
import { doing, forget } from './watched-plugins.ts';

const later = (what: () => unknown): Promise<unknown> => Promise.resolve().then(what);

describe('services by name', () => {
  beforeEach(forget);
  afterEach(closeAll);

  it('list has those that run', async () => {
    const [a, b] = [await running(), await running()];
    expect(list()).to.include.members([a.id, b.id]);
    const starting = startByName('listed', { log_level: 'silent' });
    expect(list()).not.to.include('listed');
    const service = await starting;
    expect(list()).to.include('listed');
    await service.stop();
    expect(list()).not.to.include('listed');
  });

  it('put keeps any value under any key, get gives it back, del forgets it; each service has its own', async () => {
    const [a, b] = [await running(), await running()];
    const key = Symbol('key');
    expect(put(a, 'n', 1)).to.equal('ok');
    put(a.id, key, { x: 1 });
    put(a, '__proto__', 'odd');
    expect([get(a.id, 'n'), get(a, key), get(a, '__proto__'), get(a, 'none'), get(b, 'n')]).to.deep.equal([1, { x: 1 }, 'odd', undefined, undefined]);
    expect([del(a, 'n'), del(a, 'n')]).to.deep.equal(['ok', 'ok']);
    expect(get(a, 'n')).to.equal(undefined);
    await update(a, { sip_events: 'x' });
    expect(get(a, key)).to.deep.equal({ x: 1 });
  });

  it('what is put is gone when the service has stopped, even if its name comes back', async () => {
    const service = await running();
    put(service, 'n', 1);
    await service.stop();
    expect((await faultOf(later(() => get(service.id, 'n')))).code).to.equal('service_not_found');
    const again = await startByName(service.id, { log_level: 'silent' });
    expect(get(service.id, 'n')).to.equal(undefined);
    await again.stop();
  });

  it('what is no service is told so: a promise, an address, nothing', async () => {
    const messageOf = async (given: unknown): Promise<string> => (await faultOf(later(() => get(given as string, 'n')))).message;
    expect(await messageOf(Promise.resolve())).to.equal('a promise is no service: await it.');
    expect(await messageOf('sip:a@b')).to.equal("No service 'sip:a@b' is running: the service is the first argument, an address comes after it.");
    expect(await messageOf(undefined)).to.equal("undefined is no service: give what start returned, or the service's name.");
    expect((await faultOf(uac.publish('sip:a@b', { event: 'presence' } as unknown as string, undefined as never))).message).to.include('the service is the first argument');
    const service = await running();
    expect((await faultOf(update(service, new Map() as unknown as Record<string, unknown>))).message).to.include('Object.fromEntries');
  });

  it('a plugin that asks what nobody answers is told what to do', async () => {
    let call: (callback: string) => unknown = () => undefined;
    doing['callbacks watched-lower'] = (seen: PluginService) => { call = (callback) => seen.call(callback, []); };
    await running({ plugins: ['watched-lower'] });
    expect((await faultOf(later(() => call('lamp_on')))).message).to.equal("Nobody implements 'lamp_on': the plugin that calls it must also have it in its callbacks.");
    expect((await faultOf(later(() => call('sip_watched_aks')))).message).to.equal("Nobody implements 'sip_watched_aks'. Did you mean 'sip_watched_ask'?");
  });

  it('chain tells who answers a callback; one that nobody asks is unknown_callback', async () => {
    const service = await running({ plugins: ['watched-upper'] }, { sip_message: () => 'continue' });
    expect(service.chain('sip_message')).to.deep.equal([service.id, 'watched-lower', 'core']);
    expect(service.chain('sip_watched_ask')).to.deep.equal(['watched-lower']);
    expect(service.chain('sip_get_user_pass')).to.deep.equal(['core']);
    const fault = await faultOf(later(() => service.chain('sip_pubish')));
    expect([fault.code, fault.details['nearest']]).to.deep.equal(['unknown_callback', 'sip_publish']);
  });

  it('use gives what a plugin offers, by name and by Service', async () => {
    const service = await running({ plugins: ['watched-upper'], watched_size: 4 });
    expect(use(service.id, 'watched-lower').size()).to.equal(4);
    expect(use(service, 'watched-lower')).to.equal(use(service.id, 'watched-lower'));
    for (const plugin of ['watched-upper', 'watched-other', 'nobody']) {
      expect((await faultOf(later(() => use(service, plugin as 'watched-lower')))).code).to.equal('plugin_not_in_service');
    }
    expect((await faultOf(later(() => use('nobody', 'watched-lower')))).code).to.equal('service_not_found');
  });
});
