import { list, startByName, stop, uac, type Service } from '@nksip-ts/core';
import { expect } from 'chai';
import { publishText, requestText } from '../kit/request-text.ts';
import { closeAll, LogRecorder, overStream, overUdp, portOf, running } from '../wire/running.ts';
import { faultOf, isFree } from './faults.ts';
import { doing, forget, happened } from './watched-plugins.ts';

describe('stopping a service', () => {
  beforeEach(forget);
  afterEach(closeAll);

  it('answers ok by name, by Service and by itself; afterwards the name is free and unknown', async () => {
    const by: readonly ((service: Service) => Promise<'ok'>)[] = [(service) => stop(service.id), (service) => stop(service), (service) => service.stop()];
    for (const end of by) {
      const service = await running();
      expect(list()).to.include(service.id);
      expect(await end(service)).to.equal('ok');
      expect(list()).not.to.include(service.id);
      expect((await faultOf(stop(service.id))).code).to.equal('service_not_found');
      await (await startByName(service.id, { log_level: 'silent' })).stop();
    }
  });

  it('may be asked several times', async () => {
    const service = await running();
    expect(await Promise.all([service.stop(), stop(service), service.stop()])).to.deep.equal(['ok', 'ok', 'ok']);
    expect(await service.stop()).to.equal('ok');
  });

  it('says what name was probably meant', async () => {
    await (await running()).stop();
    const service = await startByName('presence-server', { log_level: 'silent' });
    expect((await faultOf(stop('presense-server'))).message).to.include("'presence-server'");
    await service.stop();
  });

  it('closes every socket: listeners, connections, and the ports can be bound again', async () => {
    const service = await running({ sip_listen: 'sip:127.0.0.1:0, sips:127.0.0.1:0' });
    const [udp, tls] = [portOf(service, 'udp'), portOf(service, 'tls')];
    const [tcpPeer, tlsPeer] = [await overStream(service, 'tcp'), await overStream(service, 'tls')];
    expect((await tcpPeer.ask(requestText({ method: 'OPTIONS' }))).code).to.equal(200);
    await service.stop();
    expect(await isFree(udp)).to.equal(true);
    expect(await isFree(tls)).to.equal(true);
    await Promise.all([tcpPeer.closed, tlsPeer.closed]);
  });

  it('stops the plugins, dependents first, and tells those who watch', async () => {
    const service = await running({ plugins: ['watched-upper', 'watched-other'] });
    const told: string[] = [];
    service.events.on('stopped', (event) => { told.push(event.service); });
    await service.stop();
    expect(happened.slice(-3)).to.deep.equal(['plugin_stop watched-upper', 'plugin_stop watched-lower', 'plugin_stop watched-other']);
    expect(told).to.deep.equal([service.id]);
    expect(service.events.listenerCount('stopped')).to.equal(0);
  });

  it('a plugin_stop that fails is told, and keeps neither the others nor the service from stopping', async () => {
    const logger = new LogRecorder();
    const service = await running({ logger, plugins: ['watched-upper'] });
    const faults: unknown[] = [];
    service.events.on('error', ({ error, plugin }) => { faults.push([error.code, error.details['hook'], plugin]); });
    doing['plugin_stop watched-upper'] = () => Promise.reject(new Error('not today'));
    expect(await service.stop()).to.equal('ok');
    expect(happened.at(-1)).to.equal('plugin_stop watched-lower');
    expect(faults).to.deep.equal([['plugin_failed', 'plugin_stop', 'watched-upper']]);
    expect(list()).not.to.include(service.id);
  });

  it('ends what is under way: an injected request resolves at once, a late answer goes nowhere', async () => {
    let finish: (reply: unknown) => void = () => undefined;
    const service = await running({ sip_listen: 'sip:127.0.0.1:0;transport=udp' }, { sip_publish: () => new Promise((resolve) => { finish = resolve; }) });
    const injected = service.inject(publishText());
    const peer = await overUdp(service);
    await service.stop();
    expect(await injected).to.equal(undefined);
    finish(['reply', 'ok']);
    await Promise.resolve();
    expect(peer.inbox.waiting).to.deep.equal([]);
  });

  it('ends the requests that the service has sent: a transport failure', async () => {
    const nobody = await overUdp(await running({ sip_listen: 'sip:127.0.0.1:0;transport=udp' }));
    const service = await running();
    const sent = uac.options(service, `sip:127.0.0.1:${nobody.port};transport=udp`);
    await nobody.next();
    await service.stop();
    const answer = await sent;
    expect([answer.ok, answer.code, answer.ok ? '' : answer.local]).to.deep.equal([false, 503, 'transport']);
  });

  it('takes no more requests afterwards', async () => {
    let asked = 0;
    const service = await running({}, { sip_publish: () => { asked++; return ['reply', 'ok']; } });
    await service.stop();
    expect((await faultOf(service.inject(publishText()))).code).to.equal('service_not_found');
    expect(asked).to.equal(0);
  });
});
