import { find, registrarStoreCallback, RamStore, type RegistrarStoreCallback, type RegistrarStoreOp } from '@nksip-ts/registrar';
import { expect } from 'chai';
import { closeAll } from '../wire/running.ts';
import { registering } from './over-udp.ts';
import { register } from './register-text.ts';
import { Contacts, VersionedStore } from './versioned-store.ts';

const alice = 'sip:alice@example.com';

describe('several REGISTERs for one address at once', () => {
  afterEach(closeAll);

  it('at one node: each is decided after the one before, though the store is slow and has no versions', async () => {
    const store = registrarStoreCallback(new RamStore());
    const slow: RegistrarStoreCallback = async (op, srvId) => {
      await new Promise((done) => { setImmediate(done); });
      return store(op, srvId);
    };
    const { service } = await registering({}, { sip_registrar_store: slow });
    const told = await Promise.all(Array.from({ length: 8 }, (_, i) => register(service, { contact: `<sip:${i}@a>` })));
    expect(told.map(({ code }) => code)).to.deep.equal(Array.from({ length: 8 }, () => 200));
    expect(told.map(({ contacts }) => contacts.length)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await find(service, alice)).to.have.length(8);
  });

  it('at two nodes: none loses a contact of the other, from the first contact on', async () => {
    const contacts = new Contacts();
    const nodes = await Promise.all([1, 2].map(async () => (await registering({}, { sip_registrar_store: sharing(contacts) })).service));
    const told = await Promise.all(Array.from({ length: 10 }, (_, i) => register(nodes[i % 2] ?? nodes[0]!, { contact: `<sip:${i}@a>` })));
    expect(told.map(({ code }) => code)).to.deep.equal(Array.from({ length: 10 }, () => 200));
    for (const node of nodes) expect((await find(node, alice)).map(({ contact }) => contact).sort()).to.deep.equal(Array.from({ length: 10 }, (_, i) => `sip:${i}@a`));
  });

  it('at two nodes: one removes its contact while the other adds one', async () => {
    const contacts = new Contacts();
    const [one, other] = await Promise.all([1, 2].map(async () => (await registering({}, { sip_registrar_store: sharing(contacts) })).service));
    if (one === undefined || other === undefined) throw new Error('there are two');
    for (let round = 0; round < 10; round++) {
      await register(one, { contact: '<sip:phone@a>' });
      await Promise.all([register(one, { contact: '<sip:phone@a>', expires: 0 }), register(other, { contact: `<sip:desk${round}@a>` })]);
      expect((await find(one, alice)).map(({ contact }) => contact)).to.deep.equal([`sip:desk${round}@a`]);
      await register(other, { contact: '*', expires: 0 });
    }
  });

  it('where others are faster each time it ends with 503, and nothing is written', async () => {
    const ops: RegistrarStoreOp[] = [];
    const { register: send } = await registering({}, {
      sip_registrar_store: (op: RegistrarStoreOp) => {
        ops.push(op);
        return op.type === 'get' ? { contacts: [], version: `v${ops.length}` } : 'not_found';
      },
    });
    const refused = await send({ contact: '<sip:1@a>' });
    expect([refused.code, refused.reason]).to.deep.equal([503, 'Registration Changed Meanwhile']);
    expect(ops.map(({ type }) => type)).to.deep.equal(Array.from({ length: 8 }, () => ['get', 'put']).flat());
  });

  it('a store is asked for what it has once, and told once what there is now', async () => {
    const ops: RegistrarStoreOp[] = [];
    const { register: send } = await registering({}, {
      sip_registrar_store: (op: RegistrarStoreOp) => {
        ops.push(op);
        return 'continue';
      },
    });
    await send({ contact: '<sip:1@a>', expires: 100 });
    await send({});
    await send({ contact: '*', expires: 0 });
    expect(ops.map((op) => op.type === 'put' ? ['put', op.contacts.map(({ contact }) => contact), op.ttl, op.previous_version] : [op.type])).to.deep.equal([
      ['get'], ['put', ['sip:1@a'], 100, ''], ['get'], ['get'], ['del'],
    ]);
  });
});

/** One database behind services of different names. */
function sharing(contacts: Contacts): RegistrarStoreCallback {
  const store = registrarStoreCallback(new VersionedStore(contacts));
  return (op) => store(op, 'shared');
}
