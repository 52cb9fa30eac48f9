import { NksipError } from '@nksip-ts/core';
import type { RegContact, RegistrarStore, StoredContacts } from '@nksip-ts/registrar';
import type { Aor } from '@nksip-ts/sip';

interface Row {
  readonly srvId: string;
  readonly contacts: readonly RegContact[];
  readonly version: string;
  /** Milliseconds. */
  readonly deadline: number;
}

/** What several stores share, and what stays when a store is gone. */
export class Contacts {
  reachable = true;
  writes = 0;
  readonly #rows = new Map<string, Row>();

  get rows(): Map<string, Row> {
    if (!this.reachable) throw new NksipError('store_unavailable', { reason: 'nobody answers', retry_after: 7 });
    return this.#rows;
  }
}

/** A store that is right, slow and plain. All its methods are asynchronous. */
export class VersionedStore implements RegistrarStore {
  readonly versions: boolean = true;

  constructor(readonly shared = new Contacts()) {}

  async get(srvId: string, aor: Aor): Promise<StoredContacts | undefined> {
    const row = this.shared.rows.get(this.key(srvId, aor));
    return row !== undefined && this.isLive(row) ? { contacts: this.copy(row.contacts), version: row.version } : undefined;
  }

  async put(srvId: string, aor: Aor, contacts: readonly RegContact[], ttl: number, previousVersion?: string): Promise<boolean> {
    const [key, copy, { rows }] = [this.key(srvId, aor), this.copy(contacts), this.shared];
    await Promise.resolve();
    if (!this.isThere(key, previousVersion)) return false;
    rows.set(key, { srvId, contacts: copy, version: this.nextVersion(rows.get(key)?.version), deadline: Date.now() + 1000 * ttl });
    return true;
  }

  async del(srvId: string, aor: Aor, previousVersion?: string): Promise<boolean> {
    const key = this.key(srvId, aor);
    const row = this.shared.rows.get(key);
    if (!this.isThere(key, previousVersion)) return false;
    this.shared.rows.delete(key);
    return row !== undefined && this.isLive(row);
  }

  async delAll(srvId: string): Promise<void> {
    for (const [key, row] of this.shared.rows) if (row.srvId === srvId) this.shared.rows.delete(key);
  }

  key(srvId: string, { scheme, user, domain }: Aor): string {
    return JSON.stringify([srvId, scheme, user, domain]);
  }

  isLive({ deadline }: Row): boolean {
    return deadline > Date.now();
  }

  isThere(key: string, version: string | undefined): boolean {
    const row = this.shared.rows.get(key);
    const there = row !== undefined && this.isLive(row) ? row.version : '';
    return version === undefined || version === there;
  }

  copy(contacts: readonly RegContact[]): readonly RegContact[] {
    return structuredClone(contacts);
  }

  nextVersion(_before: string | undefined): string {
    return `v${++this.shared.writes}`;
  }
}
