import { definePlugin, start, uac, type Service } from '@nksip-ts/core';
import { find, list, RamStore, storeCallback, textOf } from '@nksip-ts/event-compositor';
import '@nksip-ts/event-store-lmdb';
import { expect } from 'chai';
import { faultOf } from '../kit/caught.ts';
import { loggerTo } from '../kit/loggers.ts';
import { publishText } from '../kit/request-text.ts';
import { Directories } from './directories.ts';

declare module '@nksip-ts/core' {
  interface Plugins { 'another-store': { deps: 'event-compositor' } }
}

describe('the plugin event-store-lmdb', function () {
  this.timeout(20_000);
  const directories = new Directories();
  const running: Service[] = [];
  afterEach(async () => {
    for (const service of running.splice(0)) await service.stop();
    await directories.remove();
  });

  async function serve(path: string, secret?: string): Promise<{ service: Service; uri: string }> {
    const service = await start('lmdb', {
      plugins: ['event-compositor', 'event-store-lmdb'], sip_listen: 'sip:127.0.0.1:0;transport=udp', sip_events: 'nkpublish', log_level: 'silent',
      sip_event_store_lmdb_path: path, sip_event_compositor_etag: 'renew', ...(secret !== undefined && { sip_event_compositor_secret: secret }),
    });
    running.push(service);
    return { service, uri: `sip:alice@127.0.0.1:${/:(\d+);/.exec(service.addresses[0] ?? '')?.[1]}` };
  }

  async function publish(uri: string, options: Parameters<typeof uac.publish>[2]): Promise<string> {
    const answer = await uac.publish('lmdb', uri, options);
    if (!answer.ok) throw new Error(`${answer.code}`);
    return answer.meta.sip_etag;
  }

  it('A22 goes before the built-in store, and over UDP a publication outlives its service', async () => {
    const path = directories.make();
    const first = await serve(path);
    expect(first.service.chain('sip_event_compositor_store')).to.deep.equal(['event-store-lmdb', 'event-compositor']);
    const tag = await publish(first.uri, { event: 'nkpublish', expires: 600, body: 'kept' });
    await running.pop()?.stop();
    const second = await serve(path);
    const record = await find('lmdb', 'sip:alice@127.0.0.1', tag);
    expect(record === 'not_found' ? record : textOf(record)).to.equal('kept');
    const next = await publish(second.uri, { event: 'nkpublish', sip_if_match: tag, expires: 600 });
    const old = await uac.publish('lmdb', second.uri, { event: 'nkpublish', sip_if_match: tag, expires: 600 });
    expect([next === tag, old.code]).to.deep.equal([false, 412]);
    await publish(second.uri, { event: 'nkpublish', sip_if_match: next, expires: 0 });
    for await (const one of list('lmdb')) throw new Error(one.tag);
  });

  it('knows a repeat after a restart, by the secret that is kept; one that is set goes before it', async () => {
    const path = directories.make();
    const text = publishText({ uri: 'sip:alice@127.0.0.1', expires: 600, body: 'body' });
    const tags: (string | undefined)[] = [];
    for (const secret of [undefined, undefined, 'a secret of the user']) {
      const { service } = await serve(path, secret);
      tags.push((await service.inject(text))?.header('SIP-ETag')[0]);
      await running.pop()?.stop();
    }
    expect(tags[0]).to.match(/^[0-9a-f]{32}$/).and.equal(tags[1]);
    expect(tags[2]).to.not.equal(tags[0]);
  });

  it('refuses to start without a path, and with one that cannot be: nothing is left open', async () => {
    const options = { plugins: ['event-store-lmdb'] as const, sip_listen: 'sip:127.0.0.1:0', log_level: 'silent' as const };
    // @ts-expect-error the path is needed
    expect((await faultOf(start('lmdb', options))).message).to.equal("The plugin 'event-store-lmdb' needs the option 'sip_event_store_lmdb_path': it must be the path of a directory.");
    const fault = await faultOf(start('lmdb', { ...options, sip_event_store_lmdb_path: '/proc/version' }));
    expect(fault).to.have.nested.property('cause.code', 'store_failed');
    expect(fault.message).to.include("sip_event_store_lmdb_path '/proc/version' cannot be used: it is a file: name a directory");
  });

  it('beside event-store-redis or another store warns that only one of them is asked', async () => {
    const warnings: string[] = [];
    const logger = loggerTo(({ level, message }) => { if (level === 'warn') warnings.push(message); });
    const another = definePlugin({ name: 'another-store', plugin_deps: ['event-compositor'], callbacks: () => ({ sip_event_compositor_store: storeCallback(new RamStore()) }) });
    running.push(await start('lmdb', {
      plugins: ['event-store-lmdb', another], sip_events: 'nkpublish', logger, sip_event_store_lmdb_path: directories.make(),
    }));
    expect(warnings.filter((message) => message.includes('stores'))).to.deep.equal([
      'Several stores are given: event-store-lmdb and another-store. The event state is in that of event-store-lmdb, and another-store is never asked. Leave one out.',
    ]);
  });
});
