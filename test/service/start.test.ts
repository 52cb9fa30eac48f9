import { get, list, put, startByName, stop, update, type PluginService, type ServiceConfig, type SipRequest } from '@nksip-ts/core';
import { request } from '@nksip-ts/event-compositor';
import { expect } from 'chai';
import sinon from 'sinon';
import { publishText, requestText } from '../kit/request-text.ts';
import { UdpPeer } from '../wire/peers.ts';
import { closeAll, later, LogRecorder, overStream, overUdp, portOf, running } from '../wire/running.ts';
import { faultOf, freePort, isFree, occupy } from './faults.ts';
import { doing, forget, happened, watchedUpper } from './watched-plugins.ts';

const silent = { log_level: 'silent' } as const;

describe('starting a service', () => {
  beforeEach(forget);
  afterEach(closeAll);

  it('resolves when every listener is bound, and tells the ports that 0 became', async () => {
    const service = await running({ sip_listen: 'sip:127.0.0.1:0, <sips:127.0.0.1:0>' });
    expect(service.addresses.map((uri) => uri.replace(/\d+;/, 'PORT;'))).to.deep.equal([
      'sip:127.0.0.1:PORT;transport=udp', 'sip:127.0.0.1:PORT;transport=tcp', 'sips:127.0.0.1:PORT;transport=tls',
    ]);
    expect(portOf(service, 'udp')).to.equal(portOf(service, 'tcp'));
    const peers = [await overUdp(service), await overStream(service, 'tcp'), await overStream(service, 'tls')];
    for (const [index, peer] of peers.entries()) {
      const via = `SIP/2.0/${['UDP', 'TCP', 'TLS'][index] ?? ''} 127.0.0.1:${peer.port};branch=z9hG4bK${index}`;
      expect((await peer.ask(requestText({ method: 'OPTIONS', via: [via] }))).code).to.equal(200);
    }
  });

  it('needs no listener', async () => {
    const service = await running();
    expect(service.addresses).to.deep.equal([]);
    expect((await service.inject(requestText({ method: 'OPTIONS' })))?.code).to.equal(200);
  });

  it('asks each hook of its plugins once: plugin_config, callbacks and plugin_start, dependencies first where it matters', async () => {
    await running({ plugins: [watchedUpper, 'watched-other'] });
    const of = (hook: string): readonly string[] => happened.filter((one) => one.startsWith(`${hook} `)).map((one) => one.split(' ')[1] ?? '');
    expect(of('plugin_config')).to.deep.equal(['watched-other', 'watched-lower', 'watched-upper']);
    expect([...of('callbacks')].sort()).to.deep.equal(['watched-lower', 'watched-other', 'watched-upper']);
    expect(of('plugin_start')).to.deep.equal(['watched-other', 'watched-lower', 'watched-upper']);
    expect(happened.length).to.equal(9);
  });

  it('shows all hooks of a plugin the same service, with the configuration as it then is', async () => {
    const seen: PluginService[] = [];
    doing['plugin_config watched-lower'] = (config: ServiceConfig, service: PluginService) => { seen.push(service); return { ...config, sip_no_100: true }; };
    doing['callbacks watched-lower'] = (service: PluginService) => { seen.push(service); expect(service.config.sip_no_100).to.equal(true); };
    doing['plugin_start watched-lower'] = (service: PluginService) => { seen.push(service); };
    await running({ plugins: ['watched-lower'] });
    expect(seen.length).to.equal(3);
    expect(new Set(seen).size).to.equal(1);
  });

  it('what a plugin changes in plugin_config holds', async () => {
    doing['plugin_config watched-lower'] = (config: ServiceConfig) => ({ ...config, sip_allow: 'OPTIONS, INFO', sip_max_message_size: 2048, watched_size: 7 });
    const service = await running({ plugins: ['watched-lower'] });
    expect((await service.inject(requestText({ method: 'OPTIONS' })))?.header('Allow')).to.deep.equal(['OPTIONS, INFO']);
    expect((await service.inject(requestText({ method: 'OPTIONS', body: 'x'.repeat(3000) })))?.code).to.equal(513);
  });

  it('a plugin changes neither logger nor log_level, which are in use already', async () => {
    doing['plugin_config watched-lower'] = (config: ServiceConfig) => ({ ...config, log_level: 'debug' });
    const fault = await faultOf(startByName('unlucky', { ...silent, plugins: ['watched-lower'] }));
    expect([fault.code, fault.details['option']]).to.deep.equal(['invalid_option', 'log_level']);
  });

  it('a plugin can ask the callbacks of the service when it starts', async () => {
    const answers: unknown[] = [];
    doing['plugin_start watched-lower'] = (service: PluginService) => { answers.push(service.call('sip_watched_ask', ['size'])); };
    const service = await running({ plugins: ['watched-lower'], watched_size: 3 });
    await update(service, { plugins: [] });
    await update(service, { plugins: ['watched-lower'], watched_size: 4 });
    expect(answers).to.deep.equal(['size of 3', 'size of 4']);
  });

  it('a listener that plugin_config puts on the events hears them', async () => {
    const heard: string[] = [];
    doing['plugin_config watched-lower'] = (config: ServiceConfig, service: PluginService) => {
      service.events.on('started', ({ service: id }) => { heard.push(id); });
      return config;
    };
    const service = await running({ plugins: ['watched-lower'] });
    expect(heard).to.deep.equal([service.id]);
  });

  for (const transport of ['udp', 'tcp'] as const) {
    it(`leaves nothing open if a ${transport.toUpperCase()} port is occupied: listen_failed, and the plugins are stopped`, async () => {
      const port = await freePort();
      const free = await occupy(transport, port);
      const other = await freePort();
      const spec = { ...silent, plugins: ['watched-upper'], sip_listen: `sip:127.0.0.1:${other}, sip:127.0.0.1:${port}` };
      const fault = await faultOf(startByName('occupied', spec));
      expect(fault.code).to.equal('listen_failed');
      expect(fault.message).to.include(String(port));
      await free();
      expect([await isFree(port), await isFree(other)]).to.deep.equal([true, true]);
      expect(happened.slice(-2)).to.deep.equal(['plugin_stop watched-upper', 'plugin_stop watched-lower']);
      expect(list()).not.to.include('occupied');
      const service = await startByName('occupied', spec);
      await service.stop();
    });
  }

  it('leaves nothing open if a plugin_start throws: those that were started are stopped, the name is free', async () => {
    const port = await freePort();
    const spec = { ...silent, plugins: ['watched-upper'], sip_listen: `sip:127.0.0.1:${port}` };
    doing['plugin_start watched-upper'] = () => Promise.reject(new Error('not today'));
    const fault = await faultOf(startByName('unlucky', spec));
    expect([fault.code, fault.details['plugin'], fault.details['hook']]).to.deep.equal(['plugin_failed', 'watched-upper', 'plugin_start']);
    expect(fault.message).to.include('not today');
    expect(fault.cause).to.be.instanceOf(Error);
    expect(happened.filter((one) => one.startsWith('plugin_stop'))).to.deep.equal(['plugin_stop watched-lower']);
    expect(await isFree(port)).to.equal(true);
    forget();
    await (await startByName('unlucky', spec)).stop();
  });

  it('leaves no timer behind if it fails', async () => {
    const clock = sinon.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    later(() => { clock.restore(); });
    doing['plugin_start watched-lower'] = () => { throw new Error('not today'); };
    await faultOf(startByName('unlucky', { ...silent, plugins: ['watched-lower'] }));
    expect(clock.countTimers()).to.equal(0);
  });

  it('tells a plugin_stop that fails on the way back, and the first fault is what start rejects with', async () => {
    const logger = new LogRecorder();
    doing['plugin_start watched-upper'] = () => { throw new Error('the first'); };
    doing['plugin_stop watched-lower'] = () => { throw new Error('the second'); };
    const fault = await faultOf(startByName('unlucky', { logger, plugins: ['watched-upper'] }));
    expect(fault.message).to.include('the first');
    expect(logger.lines.filter(({ level, message }) => level === 'error' && message.includes('the second')).length).to.equal(1);
  });

  for (const hook of ['plugin_config', 'callbacks'] as const) {
    it(`rejects with plugin_failed if ${hook} throws`, async () => {
      doing[`${hook} watched-lower`] = () => { throw new Error('not today'); };
      const fault = await faultOf(startByName('unlucky', { ...silent, plugins: ['watched-lower'] }));
      expect([fault.code, fault.details['plugin'], fault.details['hook']]).to.deep.equal(['plugin_failed', 'watched-lower', hook]);
    });
  }

  it('refuses names that are none, and one that is running or starting', async () => {
    for (const id of ['', '  ', 'a\nb', '\u0000', 'x'.repeat(256), 7, undefined, null, {}]) {
      expect((await faultOf(startByName(id as string, silent))).code, String(id)).to.equal('invalid_service_id');
    }
    const outcomes = await Promise.allSettled([startByName('twice', silent), startByName('twice', silent)]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected']);
    const third = await faultOf(startByName('twice', silent));
    expect([third.code, third.details['service']]).to.deep.equal(['service_exists', 'twice']);
    const [first] = outcomes;
    if (first?.status === 'fulfilled') await first.value.stop();
    for (const id of ['x'.repeat(255), 'a name with spaces', 'ünï☺', '__proto__', 'constructor']) {
      const service = await startByName(id, silent);
      expect(list()).to.include(id);
      await service.stop();
    }
  });

  const misspelt: readonly (readonly [string, Readonly<Record<string, unknown>>, object, string, string])[] = [
    ['an option', { sip_lisen: 'sip:all' }, {}, 'unknown_option', 'sip_listen'],
    ['an option of a plugin', { plugins: ['watched-lower'], watched_sise: 1 }, {}, 'unknown_option', 'watched_size'],
    ['an option of a plugin that is not listed', { watched_size: 1 }, {}, 'unknown_option', 'watched-lower'],
    ['a callback', {}, { sip_pubish: () => undefined }, 'unknown_callback', 'sip_publish'],
    ['a callback without its sip_', {}, { sippublish: () => undefined }, 'unknown_callback', 'sip_publish'],
    ['a callback of a plugin', { plugins: ['watched-lower'] }, { sip_watched_aks: () => undefined }, 'unknown_callback', 'sip_watched_ask'],
    ['a plugin', { plugins: ['watched-lowr'] }, {}, 'unknown_plugin', 'watched-lower'],
  ];
  for (const [what, spec, module, code, meant] of misspelt) {
    it(`refuses ${what} that is misspelt, and says what was probably meant`, async () => {
      const fault = await faultOf(startByName('misspelt', { ...silent, ...spec }, module));
      expect(fault.code).to.equal(code);
      expect(fault.message).to.include(`'${meant}'`);
      expect(list()).not.to.include('misspelt');
    });
  }

  it('refuses a callback that nobody asks, one that is no function, and options that are none; other exports are no matter', async () => {
    expect((await faultOf(startByName('wrong', silent, { sip_unheard_of: () => undefined }))).code).to.equal('unknown_callback');
    expect((await faultOf(startByName('wrong', silent, { sip_publish: 'ok' }))).code).to.equal('invalid_callback');
    expect((await faultOf(startByName('wrong', { ...silent, plugins: 'event-compositor' }))).code).to.equal('invalid_option');
    expect((await faultOf(startByName('wrong', { ...silent, sip_timer_t1: -1 }))).code).to.equal('invalid_option');
    expect((await faultOf(startByName('wrong', { ...silent, plugins: ['watched-lower'], sip_listen: 'http://x' }))).code).to.equal('invalid_listen');
    expect(happened, 'no plugin is started for nothing').not.to.include('plugin_start watched-lower');
    await running({}, { version: 1, describe: () => 'mine' });
  });

  it('knows its own name for the requests that come while other listeners are still being bound', async () => {
    const port = await freePort();
    const peer = await UdpPeer.open(port);
    later(() => { peer.close(); });
    const answers = (async () => {
      const text = publishText({ port: peer.port, headers: ['Expires: 60'], body: 'x' });
      // Sends until somebody is there; TLS takes a while to come up.
      const sending = setInterval(() => { peer.send(text); }, 1);
      const response = await peer.next();
      clearInterval(sending);
      return response;
    })();
    const service = await running({ plugins: ['event-compositor'], sip_events: 'nkpublish', sip_listen: `sip:127.0.0.1:${port};transport=udp, sips:127.0.0.1:0` }, {
      sip_publish: async (req: SipRequest) => {
        put(req.service, 'seen', get(req.service, 'seen') ?? true);
        // It has no say yet in what the service is, but for itself.
        if (!list().includes(req.service)) expect((await faultOf(stop(req.service))).code).to.equal('service_not_found');
        return ['reply', await request(req)];
      },
    });
    expect((await answers).code).to.equal(200);
    expect(get(service, 'seen')).to.equal(true);
  });
});
