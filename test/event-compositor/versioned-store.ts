import type { RegPublish, StoredPublish } from '@nksip-ts/event-compositor';
import type { Aor } from '@nksip-ts/sip';
import { PlainStore, type PlainDatabase, type Written } from './plain-store.ts';

/** A plain store that has versions: what the broken ones with versions break. */
export class VersionedStore extends PlainStore {
  readonly versions: boolean = true;
  readonly versionOf: Map<string, string>;

  /** Stores on one database share its versions. */
  constructor(database?: PlainDatabase, versionOf = new Map<string, string>()) {
    super(database);
    this.versionOf = versionOf;
  }

  override async get(srvId: string, aor: Aor, tag: string): Promise<StoredPublish | undefined> {
    const found = await super.get(srvId, aor, tag);
    const version = this.versionOf.get(this.key(srvId, aor, tag));
    return found === undefined || version === undefined ? undefined : { ...found, version };
  }

  override async put(srvId: string, aor: Aor, tag: string, record: RegPublish, ttl: number, previousVersion?: string): Promise<Written> {
    return this.send(() => {
      if (!this.isThere(this.key(srvId, aor, tag), previousVersion)) return false;
      this.write(srvId, aor, tag, record, ttl);
      return true;
    });
  }

  override async del(srvId: string, aor: Aor, tag: string, previousVersion?: string): Promise<boolean> {
    return this.send(() => this.isThere(this.key(srvId, aor, tag), previousVersion) && this.remove(this.key(srvId, aor, tag)));
  }

  override async replace(srvId: string, aor: Aor, previousTag: string, tag: string, record: RegPublish, ttl: number, previousVersion?: string): Promise<boolean> {
    return this.send(() => {
      if (!this.isThere(this.key(srvId, aor, previousTag), previousVersion) || !this.remove(this.key(srvId, aor, previousTag))) return false;
      this.write(srvId, aor, tag, record, ttl);
      return true;
    });
  }

  override write(srvId: string, aor: Aor, tag: string, record: RegPublish, ttl: number): void {
    super.write(srvId, aor, tag, record, ttl);
    this.versionOf.set(this.key(srvId, aor, tag), this.nextVersion(record, this.versionOf.get(this.key(srvId, aor, tag))));
  }

  isThere(key: string, version: string | undefined): boolean {
    const row = this.rows.get(key);
    return version === undefined || (row !== undefined && this.isLive(row) && this.versionOf.get(key) === version);
  }

  nextVersion(_record: RegPublish, _before: string | undefined): string {
    return `${++writes}`;
  }
}

/** The same, but a tag is not replaced in one step. */
export class VersionedStoreWithoutReplace extends VersionedStore {
  override readonly replace = undefined as never;
}

let writes = 0;
