// Only its owner publishes to an address: who has signed in as alice is the owner of alice@ this one domain, and of nothing elsewhere.
import type { ServiceModule } from '@nksip-ts/core';
import { aorOf } from '@nksip-ts/sip';

export const owners = (domain: string, passwords: ReadonlyMap<string, string>): ServiceModule => ({
  sip_authorize(_authList, req) {
    const user = req.digestUsers.get(domain);
    if (user === undefined) return ['authenticate', domain];
    const aor = aorOf(req.ruri);
    return aor.user === user && aor.domain === domain ? 'ok' : 'forbidden';
  },
  sip_get_user_pass: (user, realm) => realm === domain && (passwords.get(user) ?? false),
});
