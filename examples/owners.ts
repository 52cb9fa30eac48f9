// Only the owner of an address may publish to it or register for it (a REGISTER has the address in To). A user who has signed in as alice, here or at a
// proxy that may say so (sip_asserted_identity), owns alice@domain, and nothing in any other domain.
import type { ServiceModule, SipRequest } from '@nksip-ts/core';
import { aorOf, parseAor } from '@nksip-ts/sip';

export const owners = (domain: string, passwords: ReadonlyMap<string, string>): ServiceModule => ({
  sip_authorize(_authList, req) {
    const user = req.digestUsers.get(domain) ?? assertedUser(req, domain);
    if (user === undefined) return ['authenticate', domain];
    // Who may watch whom is decided later, by sip_event_notifier_authorize.
    if (req.method === 'SUBSCRIBE') return 'ok';
    const aor = req.method === 'REGISTER' ? parseAor(req.message.to?.uri ?? '') : aorOf(req.ruri);
    return aor?.user === user && aor.domain === domain ? 'ok' : 'forbidden';
  },
  sip_get_user_pass: (user, realm) => realm === domain && (passwords.get(user) ?? false),
});

function assertedUser({ assertedIdentity }: SipRequest, domain: string): string | undefined {
  return assertedIdentity?.aor?.domain === domain ? assertedIdentity.aor.user : undefined;
}
