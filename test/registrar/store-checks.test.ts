import { RamStore, type RegContact, type RegistrarStore, type StoredContacts } from '@nksip-ts/registrar';
import { skipReason, storeChecks, type StoreCheck } from '@nksip-ts/registrar/store-checks';
import type { Aor } from '@nksip-ts/sip';
import { expect } from 'chai';
import sinon from 'sinon';
import { Contacts, VersionedStore } from './versioned-store.ts';

/** Runs a check on a clock of its own; answers what it threw. */
async function outcomeOf(check: StoreCheck, store: RegistrarStore, contacts?: Contacts): Promise<unknown> {
  const clock = sinon.useFakeTimers(1_700_000_000_123);
  const hooks = hooksOf(contacts);
  try {
    await check.run({ store, ...hooks, pass: (milliseconds) => clock.tickAsync(milliseconds) });
    return undefined;
  } catch (error) {
    return error;
  } finally {
    await store.close?.();
    clock.restore();
  }
}

function hooksOf(contacts: Contacts | undefined) {
  if (contacts === undefined) return {};
  const whileUnreachable = async (body: () => Promise<void>): Promise<void> => {
    contacts.reachable = false;
    await body().finally(() => { contacts.reachable = true; });
  };
  return { reopen: () => new VersionedStore(contacts), openSecond: () => new VersionedStore(contacts), whileUnreachable };
}

/** Each breaks one thing, and the checks that must find it. */
const broken: Readonly<Record<string, readonly [make: (contacts: Contacts) => RegistrarStore, found: readonly string[]]>> = {
  'forgets the scheme': [(contacts) => new (class extends VersionedStore {
    override key(srvId: string, { user, domain }: Aor): string { return JSON.stringify([srvId, user, domain]); }
  })(contacts), ['scope.aor']],
  'has one room for all services': [(contacts) => new (class extends VersionedStore {
    override key(_: string, aor: Aor): string { return super.key('', aor); }
  })(contacts), ['scope.app']],
  'keeps what it is given': [(contacts) => new (class extends VersionedStore {
    override copy(given: readonly RegContact[]): readonly RegContact[] { return given; }
  })(contacts), ['value.copy']],
  'never expires': [(contacts) => new (class extends VersionedStore {
    override isLive(): boolean { return true; }
  })(contacts), ['ttl.expires', 'version.none']],
  'asks for no version': [(contacts) => new (class extends VersionedStore {
    override isThere(): boolean { return true; }
  })(contacts), ['version.put', 'version.none', 'version.del', 'version.race', 'shared.race']],
  "takes '' for no version at all": [(contacts) => new (class extends VersionedStore {
    override isThere(key: string, version: string | undefined): boolean { return version === '' || super.isThere(key, version); }
  })(contacts), ['version.none', 'version.race', 'shared.race']],
  'counts its versions from 1 for each address': [(contacts) => new (class extends VersionedStore {
    override nextVersion(before: string | undefined): string { return String(Number(before ?? 0) + 1); }
  })(contacts), ['version.each-write']],
  'loses params': [(contacts) => new (class extends VersionedStore {
    override async get(srvId: string, aor: Aor): Promise<StoredContacts | undefined> {
      const found = await super.get(srvId, aor);
      return found && { ...found, contacts: found.contacts.map(({ params: _, ...contact }) => contact) };
    }
  })(contacts), ['put.get']],
};

describe('store checks of the registrar', () => {
  it('have ids of their own', () => {
    expect(new Set(storeChecks.map(({ id }) => id))).to.have.property('size', storeChecks.length);
  });

  for (const check of storeChecks) {
    if (skipReason(check, new RamStore()) === undefined) {
      it(`${check.id} RAM: ${check.name}`, async () => { expect(await outcomeOf(check, new RamStore())).to.equal(undefined); });
    }
    it(`${check.id} a store with versions: ${check.name}`, async () => {
      const contacts = new Contacts();
      expect(await outcomeOf(check, new VersionedStore(contacts), contacts)).to.equal(undefined);
    });
  }

  it('RAM is asked for neither versions nor what only a database can do', () => {
    const skipped = storeChecks.filter((check) => skipReason(check, new RamStore()) !== undefined).map(({ id }) => id);
    expect(skipped.every((id) => /^(version|crash|shared|outage)\./.test(id))).to.equal(true);
  });

  for (const [what, [make, expected]] of Object.entries(broken)) {
    it(`a store that ${what} fails ${expected.join(', ')}`, async () => {
      for (const id of expected) {
        const check = storeChecks.find((one) => one.id === id);
        const contacts = new Contacts();
        if (check === undefined) throw new Error(`There is no check '${id}'`);
        const hooks = { ...hooksOf(contacts), openSecond: () => make(contacts) };
        const clock = sinon.useFakeTimers(1_700_000_000_123);
        const failed = await check.run({ store: make(contacts), ...hooks, pass: (milliseconds) => clock.tickAsync(milliseconds) }).then(() => undefined, (error: unknown) => error).finally(() => { clock.restore(); });
        expect(failed, id).to.be.an('error');
      }
    });
  }
});
