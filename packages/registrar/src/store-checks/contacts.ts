import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import type { RegContact } from '../store/contract.js';
import { aorOf, check, contactOf, sameContacts, type StoreCheck } from './check.js';

const uri = 'sip:alice@192.0.2.1:5060';

/** What was put is found as it was put, there and nowhere else. */
export const contactChecks: readonly StoreCheck[] = [
  check('get.missing', 'get of an address of which nothing is there finds nothing', async ({ store, srv, aor }) => {
    strictEqual(await store.get(srv, aor), undefined);
  }),
  check('put.get', 'contacts are found as they were put, in their order, with all that they have', async ({ store, srv, aor }) => {
    const full: RegContact = {
      ...contactOf('sip:%61lice@[2001:db8::1]:5061;transport=tls;ob'), q: 0.5, instance: '<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>', reg_id: 2 ** 31 - 1,
      path: ['<sip:p1.example.com;lr>', '<sip:p2.example.com;lr>'], params: { 'methods': 'INVITE, ACK', 'audio': '', '+sip.x': 'quoted "text", é' },
    };
    const plain: RegContact = { ...contactOf('tel:+15550123', 60), source: { transport: 'tcp', address: '2001:db8::2', port: 40_123 } };
    await store.put(srv, aor, [full, plain], 600);
    sameContacts(await store.get(srv, aor), [full, plain]);
  }),
  check('put.replaces', 'put replaces all that was there', async ({ store, srv, aor, contactsOf }) => {
    await store.put(srv, aor, [contactOf(uri), contactOf('sip:alice@192.0.2.2')], 600);
    await store.put(srv, aor, [contactOf('sip:alice@192.0.2.3')], 600);
    deepStrictEqual(await contactsOf(), ['sip:alice@192.0.2.3']);
  }),
  check('put.many', 'an address may have a hundred contacts with long texts', async ({ store, srv, aor, contactsOf }) => {
    const contacts = Array.from({ length: 100 }, (_, i) => contactOf(`sip:alice@192.0.2.1:${i + 1};x=${'y'.repeat(500)}`));
    await store.put(srv, aor, contacts, 600);
    deepStrictEqual(await contactsOf(), contacts.map(({ contact }) => contact));
  }),
  check('value.copy', 'what is done to the contacts after put, or to those that get has returned, changes nothing that is stored', async ({ store, srv, aor, contactsOf }) => {
    const contacts = [contactOf(uri)];
    await store.put(srv, aor, contacts, 600);
    contacts.pop();
    const found = await store.get(srv, aor);
    Object.assign(found?.contacts[0] ?? {}, { contact: 'sip:mallory@192.0.2.9' });
    deepStrictEqual(await contactsOf(), [uri]);
  }),
  check('scope.aor', 'each address has its own contacts: scheme, user and domain tell them apart', async ({ store, srv, contactsOf }) => {
    const aors = [aorOf('alice'), aorOf('Alice'), aorOf('alice', 'example.org'), aorOf('alice', 'example.com', 'sips'), aorOf(''), aorOf('a/b:c'), aorOf('a\nb')];
    for (const [index, aor] of aors.entries()) await store.put(srv, aor, [contactOf(`sip:${index}@192.0.2.1`)], 600);
    for (const [index, aor] of aors.entries()) deepStrictEqual(await contactsOf(aor), [`sip:${index}@192.0.2.1`]);
  }),
  check('scope.app', 'each service has its own contacts', async ({ store, srv, otherSrv, aor, contactsOf }) => {
    await store.put(srv, aor, [contactOf(uri)], 600);
    deepStrictEqual(await contactsOf(aor, otherSrv), []);
    strictEqual(await store.del(otherSrv, aor), false);
    await store.delAll(otherSrv);
    deepStrictEqual(await contactsOf(), [uri]);
  }),
  check('del.gone', 'del returns true where something was there, and false where nothing was', async ({ store, srv, aor, otherAor, contactsOf }) => {
    strictEqual(await store.del(srv, aor), false);
    await store.put(srv, aor, [contactOf(uri)], 600);
    await store.put(srv, otherAor, [contactOf('sip:bob@192.0.2.2')], 600);
    strictEqual(await store.del(srv, aor), true);
    strictEqual(await store.del(srv, aor), false);
    deepStrictEqual([await contactsOf(), await contactsOf(otherAor)], [[], ['sip:bob@192.0.2.2']]);
  }),
  check('del_all', 'delAll removes all contacts of the service; of one that has none, too', async ({ store, srv, aor, otherAor, contactsOf }) => {
    await store.delAll(srv);
    for (const at of [aor, otherAor]) await store.put(srv, at, [contactOf(uri)], 600);
    await store.delAll(srv);
    deepStrictEqual([await contactsOf(), await contactsOf(otherAor)], [[], []]);
  }),
];
