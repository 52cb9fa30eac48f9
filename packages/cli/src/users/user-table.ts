import type { DigestAlgorithm } from '@nksip-ts/core';
import type { UserLine } from './users-text.js';

/** Who may sign in, with what. */
export class UserTable {
  /** By user and realm: a password, or HA1s, one for each algorithm. */
  readonly #secrets = new Map<string, readonly string[]>();
  /** By the domain that it is, in lower case. */
  readonly #realms = new Map<string, string>();
  readonly #algorithms = new Set<DigestAlgorithm>();
  readonly #hasPasswords: boolean;

  /** `passwords`: by user@realm. */
  constructor(passwords: Readonly<Record<string, string>>, lines: readonly UserLine[]) {
    for (const { user, realm, algorithm, ha1 } of lines) {
      this.#add(user, realm, `HA1!${algorithm}!${ha1}`);
      this.#algorithms.add(algorithm);
    }
    const given = Object.entries(passwords);
    for (const [address, password] of given) this.#add(address.slice(0, address.lastIndexOf('@')), address.slice(address.lastIndexOf('@') + 1), password);
    this.#hasPasswords = given.length > 0;
  }

  get size(): number {
    return this.#secrets.size;
  }

  /** The first one is that of whoever is in no other. */
  get realms(): readonly string[] {
    return [...this.#realms.values()];
  }

  /** Those to offer: what is configured, unless nobody could sign in with it. */
  algorithms(configured: readonly DigestAlgorithm[]): readonly DigestAlgorithm[] {
    const canBe = this.#hasPasswords || this.#algorithms.size === 0 || configured.some((one) => this.#algorithms.has(one));
    return canBe ? configured : [...this.#algorithms].sort().reverse();
  }

  /** The realm of a domain; undefined: nobody here belongs to it. */
  realmOf(domain: string): string | undefined {
    return this.#realms.get(domain.toLowerCase());
  }

  /** What `sip_get_user_pass` returns. */
  secretsOf(user: string, realm: string): readonly string[] | false {
    return this.#secrets.get(keyOf(user, realm)) ?? false;
  }

  #add(user: string, realm: string, secret: string): void {
    const key = keyOf(user, realm);
    this.#secrets.set(key, [...this.#secrets.get(key) ?? [], secret]);
    this.#realms.set(realm.toLowerCase(), realm);
  }
}

function keyOf(user: string, realm: string): string {
  return `${user}:${realm}`;
}
