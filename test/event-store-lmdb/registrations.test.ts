import { start, update, type Service } from '@nksip-ts/core';
import { LmdbStore } from '@nksip-ts/event-store-lmdb';
import { find, registrationsIn } from '@nksip-ts/registrar';
import { list } from '@nksip-ts/event-compositor';
import { skipReason, storeChecks, type StoreHooks } from '@nksip-ts/registrar/store-checks';
import { expect } from 'chai';
import { register } from '../registrar/register-text.ts';
import { Directories } from './directories.ts';

describe('registrations in LMDB', function () {
  this.timeout(60_000);
  const directories = new Directories();
  const running: Service[] = [];

  describe('store checks', () => {
    let lmdb: LmdbStore;
    let ahead = 0;

    /** `path` is of the store that is open already. */
    const opened = (path?: string) => {
      lmdb = directories.open(path, { now: () => Date.now() + ahead });
      return registrationsIn(lmdb);
    };

    before(() => { opened(); });
    after(() => directories.remove());

    // A directory of this machine cannot be cut off as a server can.
    for (const check of storeChecks.filter(({ needs }) => !needs.includes('whileUnreachable'))) {
      it(`${check.id} ${check.name}`, async () => {
        const store = registrationsIn(lmdb);
        const { path } = lmdb;
        const hooks: StoreHooks = { reopen: () => opened(path), openSecond: () => registrationsIn(directories.open(path, { now: () => Date.now() + ahead })) };
        expect(skipReason(check, store, hooks)).to.equal(undefined);
        await check.run({ store, ...hooks, pass: async (milliseconds) => { ahead += milliseconds; await lmdb.sweep(); } });
      });
    }
  });

  describe('of a service', () => {
    afterEach(async () => {
      for (const service of running.splice(0)) await service.stop();
      await directories.remove();
    });

    async function serve(path: string, plugins: readonly ('registrar' | 'event-store-lmdb')[] = ['registrar', 'event-store-lmdb']): Promise<Service> {
      const service = await start('lmdb', { plugins, sip_listen: 'sip:127.0.0.1:0;transport=udp', sip_events: 'nkpublish', log_level: 'silent', sip_event_store_lmdb_path: path });
      running.push(service);
      return service;
    }

    it('outlive it, apart from its publications', async () => {
      const path = directories.make();
      const first = await serve(path);
      expect(first.chain('sip_registrar_store')).to.deep.equal(['event-store-lmdb', 'registrar']);
      expect((await register(first, { contact: '<sip:alice@192.0.2.1>', expires: 600 })).code).to.equal(200);
      expect(first.usage().parts['registrations']).to.equal(0);
      for await (const one of list(first)) throw new Error(one.tag);
      await running.pop()?.stop();
      const second = await serve(path);
      expect((await find(second, 'sip:alice@example.com')).map(({ contact }) => contact)).to.deep.equal(['sip:alice@192.0.2.1']);
      expect((await register(second, { contact: '*', expires: 0 })).code).to.equal(200);
      expect(await find(second, 'sip:alice@example.com')).to.deep.equal([]);
    });

    it('are there where an update adds the registrar', async () => {
      const service = await serve(directories.make(), ['event-store-lmdb']);
      expect((await register(service, { contact: '<sip:alice@192.0.2.1>' })).code).to.equal(405);
      await update(service, { plugins: ['registrar', 'event-store-lmdb'] });
      expect((await register(service, { contact: '<sip:alice@192.0.2.1>' })).code).to.equal(200);
      expect(service.usage().parts['registrations']).to.equal(0);
    });
  });
});
