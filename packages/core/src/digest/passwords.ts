/** Passwords, or HA1s, of a client: one for whoever asks, or some by realm. */
export type Passwords = string | Readonly<Record<string, string>> | readonly (readonly [realm: string, password: string])[];

/** The password for a realm; undefined if there is none. */
export function passwordFor(passwords: Passwords, realm: string): string | undefined {
  if (typeof passwords === 'string') return passwords;
  if (isList(passwords)) return passwords.find(([of]) => of === realm)?.[1];
  return Object.hasOwn(passwords, realm) ? passwords[realm] : undefined;
}

function isList(passwords: Exclude<Passwords, string>): passwords is readonly (readonly [string, string])[] {
  return Array.isArray(passwords);
}
