import { use } from '@nksip-ts/core';
import '@nksip-ts/event-compositor';
import '@nksip-ts/event-store-lmdb';
import { registrarStoreCallback, type Registered } from '@nksip-ts/registrar';
import { expect } from 'chai';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { closeAll, later } from '../wire/running.ts';
import { registering, type Client } from './over-udp.ts';

async function listed({ service }: Client): Promise<readonly string[] | undefined> {
  const all = use(service, 'registrar').list();
  if (all === undefined) return undefined;
  const found: Registered[] = [];
  for await (const one of all) found.push(one);
  return found.map(({ aor, contacts }) => `${aor.user}: ${contacts.map(({ contact }) => contact).join(' ')}`).sort();
}

describe('what is registered at a service', () => {
  afterEach(closeAll);

  it('is listed and counted, each address once, what has expired is not', async () => {
    const one = await registering({ sip_registrar_min_time: 0 });
    await one.register({ contact: ['<sip:alice@192.0.2.1>', '<sip:alice@192.0.2.2>'] });
    await one.register({ to: '<sip:bob@example.com>', contact: '<sip:bob@192.0.2.3>' });
    await one.register({ to: '<sip:bob@example.com>', contact: '<sip:bob@192.0.2.3>;expires=0' });
    await one.register({ to: '<sip:zo%C3%AB@example.com>', contact: '<sip:zoe@192.0.2.4>' });
    expect((await listed(one))?.map((line) => line.split(' ').length)).to.deep.equal([3, 2]);
    expect(await use(one.service, 'registrar').count()).to.equal(2);
  });

  it('is listed from a store of records, which keeps it apart from publications', async () => {
    const folder = temporaryFolder('listing');
    later(() => { removeFolder(folder); });
    const one = await registering({ plugins: ['event-compositor', 'event-store-lmdb', 'registrar'], sip_event_store_lmdb_path: folder });
    await one.register({ contact: '<sip:alice@192.0.2.1>' });
    expect(await listed(one)).to.deep.equal(['alice: sip:alice@192.0.2.1']);
    expect(await use(one.service, 'event-compositor').count()).to.equal(0);
  });

  it('cannot be told of a store that lists nothing', async () => {
    const store = { get: () => undefined, put: () => undefined, del: () => false, delAll: () => undefined };
    const one = await registering({}, { sip_registrar_store: registrarStoreCallback(store) });
    expect(await listed(one)).to.equal(undefined);
    expect(await use(one.service, 'registrar').count()).to.equal('unknown');
  });
});
