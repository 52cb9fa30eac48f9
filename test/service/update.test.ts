import { NksipError, use, stop, update, type PluginService, type Service, type ServiceConfig } from '@nksip-ts/core';
import { expect } from 'chai';
import { createLogger } from '../../packages/core/src/log/log.ts';
import { publishText, requestText } from '../kit/request-text.ts';
import { closeAll, LogRecorder, overStream, overUdp, portOf, running } from '../wire/running.ts';
import { faultOf, freePort, isFree, occupy } from './faults.ts';
import { doing, forget, happened, watchedOther } from './watched-plugins.ts';

async function bodyOf(service: Service, method: string): Promise<string> {
  const response = await service.inject(requestText({ method }));
  return response?.code === 200 ? Buffer.from(response.body).toString() : String(response?.code);
}

async function allowOf(service: Service): Promise<string | undefined> {
  return (await service.inject(requestText({ method: 'OPTIONS' })))?.header('Allow')[0];
}

describe('updating a service', () => {
  beforeEach(forget);
  afterEach(closeAll);

  it('merges: what is not named stays as it is, and undefined goes back to the default', async () => {
    const service = await running({ sip_events: 'presence', sip_supported: 'path', sip_accept: 'text/plain' });
    expect(await update(service.id, { sip_events: ['dialog', 'reg'], sip_accept: undefined })).to.equal('ok');
    const response = await service.inject(requestText({ method: 'OPTIONS' }));
    expect(['Allow-Events', 'Supported', 'Accept'].map((name) => response?.header(name)[0])).to.deep.equal(['dialog, reg', 'path', '*/*']);
    await update(service, {});
    expect((await service.inject(requestText({ method: 'OPTIONS' })))?.header('Allow-Events')).to.deep.equal(['dialog, reg']);
  });

  it('changes the level of a logger that can change it', async () => {
    const levels: string[] = [];
    const log = Object.assign(new LogRecorder(), { setLevel: (level: string) => { levels.push(level); } });
    const service = await running({ logger: log, log_level: 'info' });
    await update(service, { log_level: 'debug' });
    await update(service, { sip_events: 'presence' });
    await update(service, { log_level: undefined });
    expect(levels).to.deep.equal(['debug', 'warn']);
    const own = createLogger('server', 'warn');
    own.setLevel?.('debug');
    expect([own.level, own.isLevelEnabled('debug')]).to.deep.equal(['debug', true]);
  });

  it('refuses what start refuses, and nothing changes', async () => {
    const service = await running({ sip_allow: 'OPTIONS', plugins: ['watched-lower'] });
    const wrong: readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
      [{ sip_alow: 'INFO' }, 'unknown_option'], [{ sip_allow: 'INFO', sip_timer_t1: 0 }, 'invalid_option'], [{ sip_allow: 'INFO', plugins: ['nobody'] }, 'unknown_plugin'],
      [{ sip_allow: 'INFO', sip_listen: 'nowhere' }, 'invalid_listen'], [{ sip_allow: 'INFO', watched_size: 0 }, 'invalid_option'],
    ];
    for (const [options, code] of wrong) expect((await faultOf(update(service, options))).code).to.equal(code);
    expect(await allowOf(service)).to.equal('OPTIONS');
    expect(happened).not.to.include('plugin_update watched-lower');
  });

  it('refuses options that a running service cannot change, even to what they are by default', async () => {
    const service = await running();
    const fixed: readonly Readonly<Record<string, unknown>>[] = [{ sip_max_connections: 7 }, { tls_verify: false }, { sip_local_host: 'host.example.com' }, { logger: new LogRecorder() }];
    for (const options of fixed) {
      const fault = await faultOf(update(service, options));
      expect([fault.code, fault.details['option']]).to.deep.equal(['invalid_option', Object.keys(options)[0]]);
      expect(fault.message).to.include('stop it');
    }
    expect(await update(service, { sip_max_connections: 10_000, log_level: 'silent' }), 'what it is already').to.equal('ok');
    const withList = await running({ sip_ws_origins: ['https://a.example', 'https://b.example'], sip_udp_sockets: '192.0.2.1:5060=99' });
    expect(await update(withList, { sip_events: 'a' }), 'a list or a Map is what is in it').to.equal('ok');
    expect((await faultOf(update(withList, { sip_ws_origins: ['https://a.example'] }))).code).to.equal('invalid_option');
  });

  it('leaves no part of the memory account of a plugin that an update did not bring in, or took away', async () => {
    const service = await running({ plugins: ['watched-lower'] });
    const parts = (): string[] => Object.keys(service.usage().parts);
    const before = parts();
    doing['callbacks watched-other'] = (context: PluginService) => { context.memory.tally('other'); };
    const adds = { plugins: ['watched-other', 'watched-lower'] as const };
    expect((await faultOf(update(service, { ...adds, sip_secret: 'another text of 16' }))).code, 'a fixed option').to.equal('invalid_option');
    expect(parts()).to.deep.equal(before);
    doing['plugin_start watched-other'] = () => { throw new Error('no'); };
    expect((await faultOf(update(service, adds))).code, 'it does not start').to.equal('plugin_failed');
    expect(parts()).to.deep.equal(before);
    delete doing['plugin_start watched-other'];
    expect((await faultOf(update(service, { ...adds, sip_listen: 'nowhere' }))).code, 'no listener').to.equal('invalid_listen');
    expect(parts()).to.deep.equal(before);
    doing['plugin_config watched-other'] = (_: unknown, context: PluginService) => { context.memory.tally('early'); throw new Error('no'); };
    expect((await faultOf(update(service, adds))).code, 'its plugin_config').to.equal('plugin_failed');
    expect(parts()).to.deep.equal(before);
    delete doing['plugin_config watched-other'];
    await update(service, adds);
    expect(parts()).to.deep.equal([...before, 'other']);
    await update(service, { plugins: ['watched-lower'] });
    expect(parts()).to.deep.equal(before);
  });

  it('keeps the closure of a plugin that stays, shows it the new configuration and tells it once', async () => {
    const service = await running({ plugins: ['watched-upper'] });
    expect(await bodyOf(service, 'MESSAGE')).to.equal('lower 1');
    const told: unknown[] = [];
    const seen = new Set<PluginService>();
    doing['plugin_config watched-lower'] = (config: ServiceConfig, service: PluginService) => { seen.add(service); return config; };
    doing['plugin_update watched-lower'] = (after: ServiceConfig, before: ServiceConfig, service: PluginService) => {
      seen.add(service);
      told.push([before, after].map((config) => Reflect.get(config, 'watched_size')), service.id);
    };
    happened.length = 0;
    await update(service, { watched_size: 5 });
    expect(told).to.deep.equal([[1, 5], service.id]);
    expect(seen.size, 'it is the same service to it all the time').to.equal(1);
    expect(happened).to.deep.equal(['plugin_config watched-lower', 'plugin_config watched-upper', 'plugin_update watched-lower', 'plugin_update watched-upper']);
    expect(await bodyOf(service, 'MESSAGE')).to.equal('lower 2');
    expect(use(service, 'watched-lower').size()).to.equal(5);
  });

  it('starts what is added and stops what is removed, which begins anew when it comes back', async () => {
    const service = await running({ plugins: ['watched-upper'] });
    expect(await bodyOf(service, 'MESSAGE')).to.equal('lower 1');
    happened.length = 0;
    await update(service, { plugins: [watchedOther] });
    expect(happened.filter((one) => !one.startsWith('plugin_config'))).to.deep.equal(['callbacks watched-other', 'plugin_start watched-other', 'plugin_stop watched-upper', 'plugin_stop watched-lower']);
    expect(await allowOf(service)).to.equal('OPTIONS, REFER');
    expect(service.chain('sip_message')).to.deep.equal(['core']);
    expect((await faultOf(Promise.resolve().then(() => use(service, 'watched-lower')))).code).to.equal('plugin_not_in_service');
    await update(service, { plugins: ['watched-lower', 'watched-other'] });
    expect(await bodyOf(service, 'MESSAGE')).to.equal('lower 1');
    expect(await bodyOf(service, 'REFER')).to.equal('other 1');
    expect(service.chain('sip_message')).to.deep.equal(['watched-lower', 'core']);
  });

  it('tells that it holds, once it does; one that fails tells nothing', async () => {
    const service = await running({ sip_events: 'a' });
    const told: string[] = [];
    service.events.on('updated', (event) => { told.push(event.service); });
    await update(service, { sip_events: 'b' });
    await faultOf(update(service, { sip_events: 'c', sip_timer_t1: 0 }));
    expect(told).to.deep.equal([service.id]);
  });

  it('listeners of a plugin end with it, and nobody else\'s do; until a stop is over it hears all', async () => {
    let heard: string[] = [];
    const listener = (): void => { heard.push('both'); };
    doing['callbacks watched-lower'] = ({ events }: PluginService) => {
      events.on('error', () => { heard.push('plugin'); }).on('error', listener).on('stopped', () => { heard.push('stopped'); });
    };
    const service = await running({ plugins: ['watched-lower'] });
    service.events.on('error', listener);
    const whoHears = (): string => {
      heard = [];
      service.events.emit('error', { service: service.id, error: new NksipError('internal') });
      return heard.sort().join(' ');
    };
    expect(whoHears()).to.equal('both both plugin');
    await update(service, { plugins: [] });
    expect(whoHears()).to.equal('both');
    await faultOf(update(service, { plugins: ['watched-lower'], sip_timer_t1: 0 }));
    doing['plugin_start watched-lower'] = () => { throw new Error('not now'); };
    await faultOf(update(service, { plugins: ['watched-lower'] }));
    expect(whoHears()).to.equal('both');
    delete doing['plugin_start watched-lower'];
    await update(service, { plugins: ['watched-lower'] });
    expect(whoHears()).to.equal('both both plugin');
    await service.stop();
    expect(heard.pop()).to.equal('stopped');
  });

  it('the options of a plugin go with it, unless they are given again', async () => {
    const service = await running({ plugins: ['watched-lower'], watched_size: 3 });
    await update(service, { plugins: [] });
    await update(service, { plugins: ['watched-lower'] });
    expect(use(service, 'watched-lower').size()).to.equal(1);
    await update(service, { watched_size: 3 });
    expect((await faultOf(update(service, { plugins: [], watched_size: 4 }))).code).to.equal('unknown_option');
    await update(service, { plugins: [], watched_size: undefined });
    expect((await faultOf(update(service, { sip_evens: undefined } as Readonly<Record<string, unknown>>))).code).to.equal('unknown_option');
  });

  it('all or nothing: a plugin_start that fails stops what was started, and the service goes on as before', async () => {
    const service = await running({ plugins: ['watched-other'], sip_listen: 'sip:127.0.0.1:0', sip_events: 'a' });
    const { addresses } = service;
    doing['plugin_start watched-upper'] = () => { throw new Error('not today'); };
    happened.length = 0;
    const fault = await faultOf(update(service, { plugins: ['watched-upper'], sip_events: 'b', sip_listen: 'sip:127.0.0.1:0, sip:127.0.0.1:0' }));
    expect([fault.code, fault.details['plugin']]).to.deep.equal(['plugin_failed', 'watched-upper']);
    expect(happened.filter((one) => /plugin_st/.test(one))).to.deep.equal(['plugin_start watched-lower', 'plugin_start watched-upper', 'plugin_stop watched-lower']);
    expect(service.addresses).to.deep.equal(addresses);
    expect(await allowOf(service)).to.equal('OPTIONS, REFER');
    expect(await bodyOf(service, 'REFER')).to.equal('other 1');
  });

  it('all or nothing: a plugin_update that fails is undone for those told before it, the listeners are as they were', async () => {
    const service = await running({ plugins: ['watched-upper'], sip_listen: 'sip:127.0.0.1:0', watched_size: 2 });
    const { addresses } = service;
    const sizes: unknown[] = [];
    doing['plugin_update watched-lower'] = (after: ServiceConfig) => { sizes.push(Reflect.get(after, 'watched_size')); };
    doing['plugin_update watched-upper'] = () => Promise.reject(new Error('not today'));
    const other = await freePort();
    happened.length = 0;
    const fault = await faultOf(update(service, { watched_size: 3, plugins: ['watched-upper', 'watched-other'], sip_listen: `sip:127.0.0.1:${other}` }));
    expect([fault.code, fault.details['hook']]).to.deep.equal(['plugin_failed', 'plugin_update']);
    expect(sizes).to.deep.equal([3, 2]);
    expect(happened.at(-1)).to.equal('plugin_stop watched-other');
    expect(service.addresses).to.deep.equal(addresses);
    expect(await isFree(other)).to.equal(true);
    expect(use(service, 'watched-lower').size()).to.equal(2);
    const peer = await overStream(service);
    expect((await peer.ask(requestText({ method: 'OPTIONS' }))).one('Allow')).to.equal('OPTIONS, MESSAGE, INFO');
  });

  it('all or nothing: an address that cannot be bound leaves listeners, plugins and options as they were', async () => {
    const service = await running({ plugins: ['watched-lower'], sip_listen: 'sip:127.0.0.1:0', sip_events: 'a' });
    const { addresses } = service;
    const port = await freePort();
    const free = await occupy('tcp', port);
    const sizes: unknown[] = [];
    doing['plugin_update watched-lower'] = (after: ServiceConfig) => { sizes.push(Reflect.get(after, 'watched_size')); };
    happened.length = 0;
    const fault = await faultOf(update(service, { plugins: ['watched-lower', 'watched-other'], sip_events: 'b', watched_size: 9, sip_listen: `sip:127.0.0.1:${port}` }));
    await free();
    expect(fault.code).to.equal('listen_failed');
    expect(sizes.at(-1) ?? 1, 'the plugin has the old configuration').to.equal(1);
    expect(happened.at(-1)).to.equal('plugin_stop watched-other');
    expect(service.addresses).to.deep.equal(addresses);
    expect(await isFree(port)).to.equal(true);
    const peer = await overUdp(service);
    const response = await peer.ask(requestText({ method: 'OPTIONS', port: peer.port }));
    expect([response.one('Allow'), response.one('Allow-Events')]).to.deep.equal(['OPTIONS, MESSAGE', 'a']);
  });

  it('changes sip_listen: what stays is not touched, nor its connections; what goes is closed, what comes is bound', async () => {
    const service = await running({ sip_listen: 'sip:127.0.0.1:0' });
    const port = portOf(service, 'udp');
    const peer = await overStream(service);
    expect((await peer.ask(requestText({ method: 'OPTIONS' }))).code).to.equal(200);
    await update(service, { sip_listen: 'sip:127.0.0.1:0, sips:127.0.0.1:0' });
    expect(service.addresses.slice(0, 2)).to.deep.equal([`sip:127.0.0.1:${port};transport=udp`, `sip:127.0.0.1:${port};transport=tcp`]);
    expect((await peer.ask(requestText({ method: 'OPTIONS' }))).code).to.equal(200);
    const tls = await overStream(service, 'tls');
    expect((await tls.ask(requestText({ method: 'OPTIONS' }))).code).to.equal(200);
    await update(service, { sip_listen: undefined });
    expect(service.addresses).to.deep.equal([]);
    expect(await isFree(port)).to.equal(true);
  });

  it('a request under way ends on the old chain, the next one begins on the new', async () => {
    const finish: ((reply: unknown) => void)[] = [];
    const service = await running({ plugins: ['watched-lower'], sip_events: 'old' }, {
      sip_message: () => new Promise((resolve) => { finish.push(resolve); }),
      sip_publish: () => new Promise((resolve) => { finish.push(resolve); }),
    });
    const message = service.inject(requestText({ method: 'MESSAGE' }));
    const publish = service.inject(publishText());
    await update(service, { plugins: [], sip_events: 'new' });
    const after = service.inject(requestText({ method: 'MESSAGE' }));
    finish[0]?.('continue');
    finish[1]?.(['reply', 'bad_event']);
    finish[2]?.('continue');
    expect(Buffer.from((await message)?.body ?? []).toString(), 'the plugin that was there then').to.equal('lower 1');
    expect((await publish)?.header('Allow-Events')).to.deep.equal(['old']);
    expect((await after)?.code).to.equal(405);
  });

  it('takes new limits and timers', async () => {
    const finish: ((reply: unknown) => void)[] = [];
    const service = await running({}, { sip_publish: () => new Promise((resolve) => { finish.push(resolve); }) });
    const first = service.inject(publishText());
    await update(service, { sip_max_calls: 1 });
    expect((await service.inject(publishText()))?.code).to.equal(503);
    finish[0]?.(['reply', 'ok']);
    expect((await first)?.code).to.equal(200);
  });

  it('updates at the same time go one behind the other, each on what the one before it left', async () => {
    const service = await running({ plugins: ['watched-lower'] });
    const order: unknown[] = [];
    doing['plugin_update watched-lower'] = async (after: ServiceConfig, before: ServiceConfig) => {
      order.push(['begin', before.sip_events ?? [], after.sip_events, after.sip_supported ?? []]);
      await new Promise((resolve) => { setImmediate(resolve); });
      order.push('end');
      if (after.sip_supported?.includes('fail') === true) throw new Error('not today');
    };
    const outcomes = await Promise.allSettled([
      update(service, { sip_events: 'one' }), update(service, { sip_supported: 'fail' }), update(service, { sip_events: 'two' }),
    ]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
    expect(order).to.deep.equal([
      ['begin', [], ['one'], []], 'end', ['begin', ['one'], ['one'], ['fail']], 'end', ['begin', ['one'], ['two'], []], 'end',
    ]);
  });

  it('stop waits for the update under way; an update behind it is refused', async () => {
    const service = await running({ plugins: ['watched-lower'] });
    doing['plugin_update watched-lower'] = () => new Promise((resolve) => { setImmediate(() => { happened.push('told'); resolve(undefined); }); });
    const first = update(service, { sip_events: 'one' });
    const stopped = stop(service);
    const second = faultOf(update(service, { sip_events: 'two' }));
    expect(await first).to.equal('ok');
    expect(await stopped).to.equal('ok');
    expect((await second).code).to.equal('service_not_found');
    expect(happened.slice(-2)).to.deep.equal(['told', 'plugin_stop watched-lower']);
    expect((await faultOf(update(service, {}))).code).to.equal('service_not_found');
  });

  it('a removed plugin whose plugin_stop fails is told, and gone all the same', async () => {
    const service = await running({ plugins: ['watched-upper'] });
    const faults: unknown[] = [];
    service.events.on('error', ({ error, plugin }) => { faults.push([error.code, plugin]); });
    doing['plugin_stop watched-upper'] = () => { throw new Error('not today'); };
    await update(service, { plugins: ['watched-lower'] });
    expect(faults).to.deep.equal([['plugin_failed', 'watched-upper']]);
    expect(await allowOf(service)).to.equal('OPTIONS, MESSAGE');
  });

  it('what a plugin changes in plugin_config at an update holds from then on', async () => {
    const service = await running({ plugins: ['watched-lower'] });
    doing['plugin_config watched-lower'] = (config: ServiceConfig) => ({ ...config, sip_allow: 'INFO, OPTIONS' });
    await update(service, { sip_events: 'a' });
    expect(await allowOf(service)).to.equal('INFO, OPTIONS');
  });
});
