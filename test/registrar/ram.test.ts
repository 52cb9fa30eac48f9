import { RamStore, type RegContact } from '@nksip-ts/registrar';
import type { Aor } from '@nksip-ts/sip';
import { expect } from 'chai';
import sinon from 'sinon';
import { RamRegistrations } from '../../packages/registrar/src/ram/registrations.ts';
import { closeAll } from '../wire/running.ts';
import { registering } from './over-udp.ts';

const typical = (i: number): RegContact => ({
  contact: `sip:user${i}@192.0.2.${i % 250}:5060;transport=udp`, expires: Date.now() / 1000 + 3600, call_id: `3c26700c1adb-hj5gcu0l${i}@192.0.2.1`, cseq: 102,
  instance: '<urn:uuid:00000000-0000-1000-8000-000a95a0e128>', params: { methods: 'INVITE, ACK, CANCEL, BYE, OPTIONS, NOTIFY, MESSAGE' },
  source: { transport: 'udp', address: `192.0.2.${i % 250}`, port: 5060 },
});

/** With much beside a URI, with little, and with texts that have not one byte a character. */
const variants: readonly ((i: number) => RegContact)[] = [
  typical,
  (i) => ({ contact: `sip:user${i}@a`, expires: 1_800_000_000.125, call_id: `${i}`, cseq: 2 ** 31 - 1 }),
  (i) => ({ ...typical(i), call_id: '', q: 0, reg_id: 1, path: ['<sip:p1;lr>', '<sip:p2;lr>'], params: { 'x-name': 'Zoë Łukasz', empty: '' } }),
];

const aorOf = (i: number): Aor => ({ scheme: 'sip', user: `user${i}`, domain: 'example.com' });

describe('registrations in RAM', () => {
  afterEach(async () => {
    sinon.restore();
    await closeAll();
  });

  it('cost at most 700 bytes each', () => {
    const registrations = new RamRegistrations();
    const before = registrations.used;
    for (let i = 0; i < 20_000; i++) registrations.put(aorOf(i), [typical(i)], 3600);
    const each = (registrations.used - before) / 20_000;
    expect(each).to.be.below(700).and.above(100);
  });

  it('are found, refreshed, replaced by longer and shorter ones and removed in any order', () => {
    sinon.useFakeTimers({ now: 1_800_000_000_000, toFake: ['Date', 'performance'] });
    const registrations = new RamRegistrations();
    const expected = new Map<number, readonly RegContact[]>();
    let seed = 1;
    const random = (below: number): number => (seed = (seed * 48_271) % 0x7fffffff) % below;
    for (let step = 0; step < 20_000; step++) {
      const user = random(300);
      if (random(4) === 0) {
        expect(registrations.del(aorOf(user))).to.equal(expected.delete(user));
        continue;
      }
      const contacts = Array.from({ length: 1 + random(5) }, () => ({ ...variants[random(variants.length)]?.(random(9)), contact: `sip:${'x'.repeat(random(300))}@a` }) as RegContact);
      registrations.put(aorOf(user), contacts, 3600);
      expected.set(user, contacts);
    }
    expect(registrations.size).to.equal(expected.size);
    for (const [user, contacts] of expected) expect(registrations.get(aorOf(user))).to.deep.equal(contacts);
  });

  it('are found where they have moved to when another has expired', () => {
    let now = 0;
    const registrations = new RamRegistrations(() => now);
    for (const [i, ttl] of [[0, 1], [1, 3600], [2, 3600]] as const) registrations.put(aorOf(i), [typical(i)], ttl);
    now = 2000;
    registrations.sweep(1000);
    registrations.put(aorOf(2), [typical(3)], 3600);
    expect(registrations.get(aorOf(1))?.[0]?.contact).to.equal(typical(1).contact);
    expect(registrations.get(aorOf(2))?.[0]?.contact).to.equal(typical(3).contact);
    expect(registrations.get(aorOf(0))).to.equal(undefined);
  });

  it('go back to the system when they are removed', () => {
    const registrations = new RamRegistrations();
    const before = registrations.used;
    for (let i = 0; i < 5000; i++) registrations.put(aorOf(i), [typical(i)], 3600);
    for (let i = 0; i < 5000; i++) registrations.del(aorOf(i));
    expect(registrations.used).to.equal(before);
  });

  it('what has expired is swept, and the timer of the sweep ends with the last one', async () => {
    const clock = sinon.useFakeTimers();
    try {
      const store = new RamStore();
      const aor = { scheme: 'sip', user: 'alice', domain: 'example.com' };
      const empty = store.used('server');
      store.put('server', aor, [typical(1)], 60);
      expect(store.used('server')).to.be.above(empty);
      await clock.tickAsync(60_600);
      store.delAll('server');
      await clock.tickAsync(300);
      expect(clock.countTimers()).to.equal(0);
      store.close();
    } finally {
      clock.restore();
    }
  });

  it('a step of the time of day neither ends a contact nor gives it more time', async () => {
    const clock = sinon.useFakeTimers({ now: 1_800_000_000_000, toFake: ['Date', 'performance'] });
    try {
      const { register, registered } = await registering();
      await register({ contact: '<sip:1@a>', expires: 100 });
      for (const step of [86_400_000, -2 * 86_400_000]) {
        clock.setSystemTime(Date.now() + step);
        expect(await registered()).to.deep.equal(['sip:1@a 100']);
      }
      clock.tick(99_000);
      expect(await registered()).to.deep.equal(['sip:1@a 1']);
      clock.tick(1_000);
      expect(await registered()).to.deep.equal([]);
    } finally {
      clock.restore();
    }
  });

  it('count into sip_max_memory: where it is short new ones are 503, and those that are there can be refreshed and removed', async () => {
    const { register, service } = await registering({ sip_max_memory: 16 * 2 ** 20, sip_registrar_max_contacts: 10, sip_max_transaction_bytes: 65_536 });
    const padding = 'x'.repeat(4000);
    const contact = (i: number): readonly string[] => Array.from({ length: 8 }, (_, j) => `<sip:${i}.${j}@a;p=${padding}>`);
    let refused: Awaited<ReturnType<typeof register>> | undefined;
    let stored = 0;
    for (; stored < 1000 && refused === undefined; stored++) {
      const told = await register({ to: `<sip:user${stored}@example.com>`, contact: contact(stored) });
      if (told.code !== 200 && told.code !== 500) refused = told;
    }
    expect([refused?.code, refused?.reason, refused?.all('Retry-After').length]).to.deep.equal([503, 'Out Of Memory', 1]);
    const { parts, used, limit } = service.usage();
    expect(parts['registrations']).to.be.above(limit / 2);
    expect(used).to.be.at.most(limit);
    expect((await register({ to: '<sip:user0@example.com>', contact: contact(0).map((text) => `${text};expires=0`) })).code).to.equal(200);
  });
});
