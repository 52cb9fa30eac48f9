import type { Chain } from '../callback/chain.js';

export type Chains = ReadonlyMap<string, Chain>;

/** Who implements a callback, besides core. */
function ownersOf(chains: Chains, callback: string): readonly string[] {
  return chains.get(callback)?.owners.slice(0, -1) ?? [];
}

/** Passwords that nobody ever asks for: a sentence; undefined: there are none. */
export function whyNobodyIsAsked(chains: Chains): string | undefined {
  const [owner] = ownersOf(chains, 'sip_get_user_pass');
  if (owner === undefined || ownersOf(chains, 'sip_authorize').length > 0) return undefined;
  return `'${owner}' implements sip_get_user_pass, but nobody implements sip_authorize: no request is ever asked for a password, and everybody is let in. `
    + "Implement sip_authorize, and return 'authenticate' there until authList says that the credentials hold.";
}

/**
 * Challenges that nobody can answer. It is seen when the first one goes out, and not at start: a sip_authorize may decide by address or
 * certificate, and never ask.
 */
export function whyNobodyCanSignIn(chains: Chains): string | undefined {
  if (ownersOf(chains, 'sip_authorize').length === 0) {
    return 'A request was asked for credentials, but nobody implements sip_authorize, and without it none are looked at: ask for them there.';
  }
  if (ownersOf(chains, 'sip_get_user_pass').length === 0) {
    return 'sip_authorize asked a request for credentials, but nobody implements sip_get_user_pass, which gives the password of a user: nobody can sign in.';
  }
  return undefined;
}
