/** What a client signs in with: a password or a HA1, as this user (unset: that of From), where this realm asks (unset: any). */
export interface SignIn {
  readonly user?: string | undefined;
  readonly realm?: string | undefined;
  readonly pass: string;
}

/** For whoever asks, or by realm; of a list the first one that fits. */
export type Passwords = string | SignIn | Readonly<Record<string, string>> | readonly (readonly [realm: string, password: string] | SignIn)[];

/** What to sign in with where `realm` asks; undefined if there is nothing for it. */
export function signInFor(passwords: Passwords, realm: string): SignIn | undefined {
  return signIns(passwords).find((one) => one.realm === undefined || one.realm === realm);
}

function signIns(passwords: Passwords): readonly SignIn[] {
  if (typeof passwords === 'string') return [{ pass: passwords }];
  if (isList(passwords)) return passwords.map((one) => isPair(one) ? ofPair(one) : one);
  return isSignIn(passwords) ? [passwords] : Object.entries(passwords).map(ofPair);
}

function ofPair([realm, pass]: readonly [string, string]): SignIn {
  return { realm, pass };
}

function isList(passwords: Exclude<Passwords, string>): passwords is Extract<Passwords, readonly unknown[]> {
  return Array.isArray(passwords);
}

function isPair(one: readonly [string, string] | SignIn): one is readonly [string, string] {
  return Array.isArray(one);
}

function isSignIn(passwords: SignIn | Readonly<Record<string, string>>): passwords is SignIn {
  return 'pass' in passwords;
}
