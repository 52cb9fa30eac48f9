import type { EventStateStore, RegPublish } from '@nksip-ts/event-compositor';
import type { Aor } from '@nksip-ts/sip';
import { pause, PlainStore, type Row } from './plain-store.ts';
import { VersionedStore } from './versioned-store.ts';

const mapped = (change: (record: RegPublish) => RegPublish): (() => EventStateStore) => () => new class extends PlainStore {
  override copy(record: RegPublish): RegPublish { return change(super.copy(record)); }
}();

const keyed = (key: (srvId: string, aor: Aor, tag: string) => string): (() => EventStateStore) => () => new class extends PlainStore {
  override key(srvId: string, aor: Aor, tag: string): string { return key(srvId, aor, tag); }
  override isListed(row: Row, srvId: string, aor?: Aor): boolean {
    return row.srvId === srvId && this.isLive(row) && (aor === undefined || JSON.stringify(aor) === JSON.stringify(row.aor));
  }
}();

const ttl = (deadline: (ttl: number, before: Row | undefined) => number): (() => EventStateStore) => () => new class extends PlainStore {
  override deadlineOf(seconds: number, before: Row | undefined): number { return deadline(seconds, before); }
}();

/** What goes wrong in real adapters, one thing each, and the checks that are there to see it. */
export const brokenStores: readonly { readonly fault: string; readonly make: () => EventStateStore; readonly caughtBy: readonly string[] }[] = [
  // ---- records
  { fault: 'get answers something where nothing is', make: () => new class extends PlainStore {
    override async get(srvId: string, aor: Aor, tag: string) { return await super.get(srvId, aor, tag) ?? { data: new Uint8Array(), event: '', expires: 0 }; }
  }(), caughtBy: ['get.missing'] },
  { fault: 'get takes the record away', make: () => new class extends PlainStore {
    override async get(srvId: string, aor: Aor, tag: string) {
      const found = await super.get(srvId, aor, tag);
      this.rows.delete(this.key(srvId, aor, tag));
      return found;
    }
  }(), caughtBy: ['put.get'] },
  { fault: 'absent fields become empty texts', make: mapped((record) => ({ ...record, content_type: record.content_type ?? '' })), caughtBy: ['put.optional'] },
  { fault: 'content_encoding is forgotten', make: mapped(({ content_encoding: _, ...record }) => record), caughtBy: ['put.optional'] },
  { fault: 'publisher and since are forgotten', make: mapped(({ publisher: _, since: _since, ...record }) => record), caughtBy: ['put.get', 'put.optional', 'expires.fraction'] },
  { fault: 'since in whole seconds', make: mapped(({ since, ...record }) => ({ ...record, ...(since !== undefined && { since: Math.floor(since) }) })), caughtBy: ['expires.fraction'] },
  { fault: 'get returns a version of which nothing is said', make: () => new class extends VersionedStore { override readonly versions = false; }(), caughtBy: ['put.version'] },
  { fault: 'get returns no version though there are said to be some', make: () => Object.assign(new PlainStore(), { versions: true }), caughtBy: ['put.version'] },
  { fault: 'put merges into what is there', make: () => new class extends PlainStore {
    override write(srvId: string, aor: Aor, tag: string, record: RegPublish, seconds: number) {
      super.write(srvId, aor, tag, { ...this.rows.get(this.key(srvId, aor, tag))?.record, ...record }, seconds);
    }
  }(), caughtBy: ['put.replaces'] },
  { fault: 'put does not touch what is there', make: () => new class extends PlainStore {
    override write(srvId: string, aor: Aor, tag: string, record: RegPublish, seconds: number) {
      if (!this.rows.has(this.key(srvId, aor, tag))) super.write(srvId, aor, tag, record, seconds);
    }
  }(), caughtBy: ['put.replaces', 'ttl.refresh', 'ttl.shorten'] },
  { fault: 'expires in whole seconds', make: mapped((record) => ({ ...record, expires: Math.floor(record.expires) })), caughtBy: ['expires.fraction'] },
  { fault: 'the body as UTF-8 text', make: mapped((record) => ({ ...record, data: new TextEncoder().encode(new TextDecoder().decode(record.data)) })), caughtBy: ['body.binary'] },
  { fault: 'the body in a column of 65,535 bytes', make: mapped((record) => ({ ...record, data: record.data.slice(0, 65_535) })), caughtBy: ['body.large'] },
  { fault: 'keeps the bytes it is given', make: () => new class extends PlainStore { override copy(record: RegPublish) { return record; } }(), caughtBy: ['value.copy'] },
  { fault: 'hands out the bytes it keeps', make: () => new class extends PlainStore {
    override async get(srvId: string, aor: Aor, tag: string) { return this.rows.get(this.key(srvId, aor, tag))?.record; }
  }(), caughtBy: ['value.copy'] },
  { fault: 'reads everything, changes it, writes everything', make: () => new class extends PlainStore {
    override async put(srvId: string, aor: Aor, tag: string, record: RegPublish, seconds: number) {
      const before = new Map(this.rows);
      await pause();
      super.write(srvId, aor, tag, record, seconds);
      const row = this.rows.get(this.key(srvId, aor, tag));
      this.rows.clear();
      for (const [key, other] of before) this.rows.set(key, other);
      if (row !== undefined) this.rows.set(this.key(srvId, aor, tag), row);
    }
  }(), caughtBy: ['put.concurrent'] },
  // ---- keys
  { fault: 'one record an address', make: keyed((srvId, aor) => JSON.stringify([srvId, aor])), caughtBy: ['scope.tag'] },
  { fault: 'the address is no part of the key', make: keyed((srvId, _, tag) => JSON.stringify([srvId, tag])), caughtBy: ['scope.aor'] },
  { fault: 'the scheme is no part of the key', make: keyed((srvId, { user, domain }, tag) => JSON.stringify([srvId, user, domain, tag])), caughtBy: ['scope.aor'] },
  { fault: 'the service is no part of the key', make: keyed((_, aor, tag) => JSON.stringify([aor, tag])), caughtBy: ['scope.app'] },
  ...[':', '@', '/', '|', '\n', '\0'].map((separator) => ({
    fault: `keys joined with ${JSON.stringify(separator)}`,
    make: keyed((srvId, { scheme, user, domain }, tag) => [scheme, domain, srvId, user, tag].join(separator)), caughtBy: ['key.separators'],
  })),
  { fault: 'keys compared in any case', make: keyed((srvId, aor, tag) => JSON.stringify([srvId, aor, tag]).toLowerCase()), caughtBy: ['key.case'] },
  { fault: 'keys in a padded column', make: keyed((srvId, { scheme, user, domain }, tag) => JSON.stringify([srvId, scheme, user.trimEnd(), domain, tag.trimEnd()])), caughtBy: ['key.spaces'] },
  { fault: 'keys in a column of 255 characters', make: keyed((srvId, { scheme, user, domain }, tag) => JSON.stringify([srvId, scheme, user.slice(0, 255), domain, tag])), caughtBy: ['key.long'] },
  { fault: 'keys in one Unicode form', make: keyed((srvId, aor, tag) => JSON.stringify([srvId, aor, tag]).normalize('NFC')), caughtBy: ['key.unicode'] },
  { fault: 'keys in latin1', make: keyed((srvId, aor, tag) => Buffer.from(JSON.stringify([srvId, aor, tag]).replace(/[^\0-\xff]/g, ''), 'latin1').toString()), caughtBy: ['key.unicode'] },
  // ---- deletion
  { fault: 'del deletes the whole address', make: () => new class extends PlainStore {
    override async del(srvId: string, aor: Aor, tag: string) {
      const found = await super.del(srvId, aor, tag);
      for (const [key, row] of this.rows) if (this.isListed(row, srvId, aor)) this.rows.delete(key);
      return found;
    }
  }(), caughtBy: ['del.found'] },
  { fault: 'del returns true always', make: () => new class extends PlainStore {
    override async del(srvId: string, aor: Aor, tag: string) { await super.del(srvId, aor, tag); return true; }
  }(), caughtBy: ['del.missing', 'ttl.del'] },
  { fault: 'del looks, then deletes', make: () => new class extends PlainStore {
    override async del(srvId: string, aor: Aor, tag: string) {
      const found = await super.get(srvId, aor, tag) !== undefined;
      await pause();
      await super.del(srvId, aor, tag);
      return found;
    }
  }(), caughtBy: ['del.concurrent'] },
  { fault: 'delAll throws where nothing is', make: () => new class extends PlainStore {
    override async delAll(srvId: string) {
      if (await this.count(srvId) === 0) throw new Error('nothing is there');
      await super.delAll(srvId);
    }
  }(), caughtBy: ['del_all.empty'] },
  { fault: 'delAll empties every service', make: () => new class extends PlainStore { override async delAll() { this.rows.clear(); } }(), caughtBy: ['del_all.scope'] },
  { fault: 'delAll empties nothing', make: () => new class extends PlainStore { override async delAll() { /* nothing */ } }(), caughtBy: ['del_all.scope'] },
  // ---- time
  { fault: 'nothing ever ends', make: ttl(() => Infinity), caughtBy: ['ttl.expires', 'ttl.shorten', 'ttl.del', 'list.live', 'count.live'] },
  { fault: 'ttl in milliseconds', make: ttl((seconds) => Date.now() + seconds), caughtBy: ['ttl.expires'] },
  { fault: 'ttl rounded down by one', make: ttl((seconds) => Date.now() + (seconds - 1) * 1000), caughtBy: ['ttl.expires'] },
  { fault: 'the first ttl holds', make: ttl((seconds, before) => before?.deadline ?? Date.now() + seconds * 1000), caughtBy: ['ttl.refresh', 'ttl.shorten', 'ttl.again'] },
  { fault: 'the longest ttl holds', make: ttl((seconds, before) => Math.max(before?.deadline ?? 0, Date.now() + seconds * 1000)), caughtBy: ['ttl.shorten'] },
  { fault: 'a timer for each record that is never stopped', make: () => new class extends PlainStore {
    override deadlineOf() { return Infinity; }
    override write(srvId: string, aor: Aor, tag: string, record: RegPublish, seconds: number) {
      super.write(srvId, aor, tag, record, seconds);
      setTimeout(() => this.rows.delete(this.key(srvId, aor, tag)), seconds * 1000 > 2 ** 31 - 1 ? 1 : seconds * 1000);
    }
  }(), caughtBy: ['ttl.refresh', 'ttl.huge'] },
  { fault: 'ttl in a column of 32 bits with a sign', make: ttl((seconds) => Date.now() + (seconds | 0) * 1000), caughtBy: ['ttl.huge'] },
  { fault: 'a ttl of 0 is for ever', make: ttl((seconds) => seconds === 0 ? Infinity : Date.now() + seconds * 1000), caughtBy: ['ttl.zero'] },
  { fault: 'a row that was there once cannot be written again', make: () => {
    const dead = new Set<string>();
    return new class extends PlainStore {
      override write(srvId: string, aor: Aor, tag: string, record: RegPublish, seconds: number) {
        const key = this.key(srvId, aor, tag);
        if (this.rows.has(key) && !this.isLive(this.rows.get(key)!)) dead.add(key);
        if (!dead.has(key)) super.write(srvId, aor, tag, record, seconds);
      }
    }();
  }, caughtBy: ['ttl.again'] },
  { fault: 'ends when expires says so', make: () => new class extends PlainStore {
    override isLive({ record }: Row) { return record.expires * 1000 > Date.now(); }
  }(), caughtBy: ['ttl.ahead', 'ttl.behind', 'list.grace', 'count.grace', 'replace.grace'] },
  // ---- replace
  { fault: 'replace keeps the old tag', make: () => new class extends PlainStore {
    override async replace(srvId: string, aor: Aor, previousTag: string, tag: string, record: RegPublish, seconds: number) {
      if (await super.get(srvId, aor, previousTag) === undefined) return false;
      this.write(srvId, aor, tag, record, seconds);
      return true;
    }
  }(), caughtBy: ['replace.found', 'replace.concurrent'] },
  { fault: 'replace writes in any case', make: () => new class extends PlainStore {
    override async replace(srvId: string, aor: Aor, previousTag: string, tag: string, record: RegPublish, seconds: number) {
      this.write(srvId, aor, tag, record, seconds);
      return this.remove(this.key(srvId, aor, previousTag));
    }
  }(), caughtBy: ['replace.missing', 'replace.scope', 'replace.expired', 'replace.concurrent'] },
  { fault: 'replace finds the old tag at any address', make: () => new class extends PlainStore {
    override async replace(srvId: string, aor: Aor, previousTag: string, tag: string, record: RegPublish, seconds: number) {
      const old = [...this.rows].find(([, row]) => row.srvId === srvId && row.tag === previousTag && this.isLive(row));
      if (old === undefined) return false;
      this.rows.delete(old[0]);
      this.write(srvId, aor, tag, record, seconds);
      return true;
    }
  }(), caughtBy: ['replace.scope'] },
  { fault: 'replace takes what is over for there', make: () => new class extends PlainStore {
    override async replace(srvId: string, aor: Aor, previousTag: string, tag: string, record: RegPublish, seconds: number) {
      if (!this.rows.delete(this.key(srvId, aor, previousTag))) return false;
      this.write(srvId, aor, tag, record, seconds);
      return true;
    }
  }(), caughtBy: ['replace.expired'] },
  { fault: 'replace renames, and the time stays', make: () => new class extends PlainStore {
    override async replace(srvId: string, aor: Aor, previousTag: string, tag: string, record: RegPublish, _: number) {
      const old = this.rows.get(this.key(srvId, aor, previousTag));
      if (old === undefined || !this.remove(this.key(srvId, aor, previousTag))) return false;
      this.rows.set(this.key(srvId, aor, tag), { ...old, tag, record: this.copy(record) });
      return true;
    }
  }(), caughtBy: ['replace.ttl'] },
  { fault: 'replace looks, then writes', make: () => new class extends PlainStore {
    override async replace(srvId: string, aor: Aor, previousTag: string, tag: string, record: RegPublish, seconds: number) {
      if (await super.get(srvId, aor, previousTag) === undefined) return false;
      await pause();
      this.remove(this.key(srvId, aor, previousTag));
      this.write(srvId, aor, tag, record, seconds);
      return true;
    }
  }(), caughtBy: ['replace.concurrent'] },
  // ---- versions
  { fault: 'put does not look at the version', make: () => new class extends VersionedStore {
    override put(srvId: string, aor: Aor, tag: string, record: RegPublish, seconds: number) { return super.put(srvId, aor, tag, record, seconds); }
  }(), caughtBy: ['version.former', 'version.gone', 'version.concurrent'] },
  { fault: 'put over a version does not say that it has written', make: () => new class extends VersionedStore {
    override async put(...given: Parameters<VersionedStore['put']>) { await super.put(...given); }
  }(), caughtBy: ['version.put', 'version.former'] },
  { fault: 'del does not look at the version', make: () => new class extends VersionedStore {
    override del(srvId: string, aor: Aor, tag: string) { return super.del(srvId, aor, tag); }
  }(), caughtBy: ['version.del'] },
  { fault: 'replace does not look at the version', make: () => new class extends VersionedStore {
    override async replace(srvId: string, aor: Aor, previousTag: string, tag: string, record: RegPublish, seconds: number) { return super.replace(srvId, aor, previousTag, tag, record, seconds); }
  }(), caughtBy: ['version.replace'] },
  { fault: 'a version is a digest of the record', make: () => new class extends VersionedStore {
    override nextVersion(record: RegPublish) { return JSON.stringify(record); }
  }(), caughtBy: ['version.each'] },
  { fault: 'each get makes a version', make: () => new class extends VersionedStore {
    override async get(srvId: string, aor: Aor, tag: string) {
      const found = await super.get(srvId, aor, tag);
      return found && { ...found, version: `${found.version}.${Math.random()}` };
    }
  }(), caughtBy: ['version.put', 'version.each'] },
  { fault: 'a version counts the writes of a key, and begins anew with it', make: () => new class extends VersionedStore {
    override nextVersion(_: RegPublish, before = '0') { return `${Number(before) + 1}`; }
    override remove(key: string) {
      this.versionOf.delete(key);
      return super.remove(key);
    }
  }(), caughtBy: ['version.gone'] },
  { fault: 'put over a version finds what is over', make: () => new class extends VersionedStore {
    override isThere(key: string, version: string | undefined) { return version === undefined || this.versionOf.get(key) === version; }
  }(), caughtBy: ['version.gone'] },
  { fault: 'put over a version does not find what has expired and is kept', make: () => new class extends VersionedStore {
    override isThere(key: string, version: string | undefined) { return super.isThere(key, version) && (version === undefined || this.rows.get(key)!.record.expires * 1000 > Date.now()); }
  }(), caughtBy: ['version.grace'] },
  { fault: 'put over a version keeps what lives no second', make: () => new class extends VersionedStore {
    override async put(srvId: string, aor: Aor, tag: string, record: RegPublish, seconds: number, version?: string) {
      return await super.put(srvId, aor, tag, record, version === undefined ? seconds : Math.max(1, seconds), version);
    }
  }(), caughtBy: ['version.zero'] },
  { fault: 'put looks at the version, then writes', make: () => new class extends VersionedStore {
    override async put(srvId: string, aor: Aor, tag: string, record: RegPublish, seconds: number, version?: string) {
      const isThere = this.isThere(this.key(srvId, aor, tag), version);
      await pause();
      return isThere && await super.put(srvId, aor, tag, record, seconds);
    }
  }(), caughtBy: ['version.concurrent'] },
  // ---- list and count
  { fault: 'list yields those of every service', make: () => new class extends PlainStore {
    override isListed(row: Row, _: string, aor?: Aor) { return super.isListed(row, row.srvId, aor); }
  }(), caughtBy: ['list.service'] },
  { fault: 'list does not look at the address', make: () => new class extends PlainStore {
    override list(srvId: string) { return super.list(srvId); }
  }(), caughtBy: ['list.aor'] },
  { fault: 'list yields what is over', make: () => new class extends PlainStore {
    override async *list(srvId: string, aor?: Aor) {
      for (const row of this.rows.values()) if (this.isListed({ ...row, deadline: Infinity }, srvId, aor)) yield row;
    }
  }(), caughtBy: ['list.live'] },
  { fault: 'list stops after a page', make: () => new class extends PlainStore {
    override async *list(srvId: string, aor?: Aor) {
      let left = 100;
      for await (const publication of super.list(srvId, aor)) if (left-- > 0) yield publication;
    }
  }(), caughtBy: ['list.many'] },
  { fault: 'list yields some twice', make: () => new class extends PlainStore {
    override async *list(srvId: string, aor?: Aor) {
      let seen = 0;
      for await (const publication of super.list(srvId, aor)) {
        yield publication;
        if (++seen === 100) yield publication;
      }
    }
  }(), caughtBy: ['list.many'] },
  { fault: 'list gives escaped keys', make: () => new class extends PlainStore {
    override async *list(srvId: string, aor?: Aor) {
      for await (const one of super.list(srvId, aor)) yield { ...one, aor: { ...one.aor, user: encodeURIComponent(one.aor.user) } };
    }
  }(), caughtBy: ['list.keys'] },
  { fault: 'listNow returns nothing', make: () => Object.assign(new PlainStore(), { listNow: () => [] }), caughtBy: ['listNow.live'] },
  { fault: 'count counts every row', make: () => new class extends PlainStore {
    override async count() { return this.rows.size; }
  }(), caughtBy: ['count.live'] },
  // ---- many
  { fault: 'the oldest of 8,192 makes room for a new one', make: () => new class extends PlainStore {
    override write(srvId: string, aor: Aor, tag: string, record: RegPublish, seconds: number) {
      for (const oldest of this.rows.size < 8_192 ? [] : [...this.rows.keys()].slice(0, 1)) this.rows.delete(oldest);
      super.write(srvId, aor, tag, record, seconds);
    }
  }(), caughtBy: ['many.addresses', 'many.list'] },
  { fault: 'delAll deletes a page', make: () => new class extends PlainStore {
    override async delAll() { for (const key of [...this.rows.keys()].slice(0, 1_000)) this.rows.delete(key); }
  }(), caughtBy: ['many.addresses'] },
  { fault: 'list ends after ten pages', make: () => new class extends PlainStore {
    override async *list(srvId: string, aor?: Aor) {
      let left = 1_000;
      for await (const publication of super.list(srvId, aor)) if (left-- > 0) yield publication;
    }
  }(), caughtBy: ['many.list'] },
];
