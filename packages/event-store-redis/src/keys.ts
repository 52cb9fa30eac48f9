import type { Aor } from '@nksip-ts/sip';

/** What may stand in a prefix: nothing that parts a key, begins a hash tag or means something in a pattern. */
export const PREFIX = /^[\w.:/-]{0,64}$/;

/** The key of a publication and what it is of. */
export interface RecordKey {
  /** The index of its address of record. */
  readonly index: string;
  readonly key: string;
  /** The tag as it stands in the index. */
  readonly member: string;
}

/** Names in Redis. All keys of one address of record have the same hash tag, so a Cluster has them in one slot. */
export class Keys {
  readonly #prefix: string;

  /** `prefix`: what all begin with. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** A sorted set: the tags of an address of record, each with the moment at which it is gone. */
  index(srvId: string, { scheme, user, domain }: Aor): string {
    return `${this.#prefix}{${plain(srvId)}/${plain(scheme)}:${plain(user)}@${plain(domain)}}`;
  }

  record(srvId: string, aor: Aor, tag: string): RecordKey {
    return recordUnder(this.index(srvId, aor), plain(tag));
  }

  /** Outside of the pattern: what del_all leaves. */
  secret(srvId: string): string {
    return `${this.#prefix}secret/${plain(srvId)}`;
  }

  /** The pattern of SCAN that the publications of a service match, and only their indexes besides. */
  pattern(srvId: string): string {
    return `${this.#prefix}{${plain(srvId)}/*`;
  }

  /** Whether a key that matches the pattern is that of a publication, and of which one. */
  read(key: string): (RecordKey & { readonly aor: Aor; readonly tag: string }) | undefined {
    const [, index, scheme, user, domain, member] = /^([^{]*\{[^/]*\/([^:]*):([^@]*)@([^}]*)\})\/(.*)$/.exec(key) ?? [];
    if (index === undefined || scheme === undefined || user === undefined || domain === undefined || member === undefined) return undefined;
    return { index, key, member, aor: { scheme: textOf(scheme), user: textOf(user), domain: textOf(domain) }, tag: textOf(member) };
  }
}

export function recordUnder(index: string, member: string): RecordKey {
  return { index, key: `${index}/${member}`, member };
}

/**
 * A text as letters, digits, `_`, `.`, `-` and `%`: whatever it holds, it parts no key and opens no hash tag, and no two texts
 * have the same form. By UTF-16 units, for not every text is well-formed Unicode.
 */
function plain(text: string): string {
  return text.replace(/[^\w.-]/g, (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function textOf(given: string): string {
  return given.replace(/%([0-9a-f]{4})/g, (_, unit: string) => String.fromCharCode(Number.parseInt(unit, 16)));
}
