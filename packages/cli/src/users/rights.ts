import type { Authorization, SipRequest } from '@nksip-ts/core';
import { aorOf, parseAor, type Aor } from '@nksip-ts/sip';
import type { UsersOptions } from './options.js';
import type { UserTable } from './user-table.js';

type Asking = Pick<SipRequest, 'method' | 'ruri' | 'digestUsers' | 'message'>;

/** Without a password: proxies ask with OPTIONS whether a server lives, and a NOTIFY belongs to a subscription of ours (RFC 6665 4.1.3). */
const open: ReadonlySet<string> = new Set(['OPTIONS', 'NOTIFY']);

/** RFC 3903 14.1, RFC 3261 10.3 step 4: who may do what. */
export function mayPass(req: Asking, users: UserTable, may: UsersOptions['sip_users_may']): Authorization {
  if (open.has(req.method)) return 'ok';
  const changed = changedBy(req);
  if (changed === undefined) return signedIn(req, users);
  if (may === 'all') return signedIn(req, users);
  const realm = users.realmOf(changed.domain);
  // Nobody owns an address of another domain.
  if (realm === undefined) return 'forbidden';
  const user = req.digestUsers.get(realm);
  if (user === undefined) return ['authenticate', realm];
  return user === changed.user ? 'ok' : 'forbidden';
}

/** Whether a watcher, who has signed in as `user`, watches their own address. */
export function isOwn(user: string | undefined, aor: Aor, users: UserTable): boolean {
  const realm = users.realmOf(aor.domain);
  return user !== undefined && realm !== undefined && user === `${aor.user}@${realm}`;
}

/** The address that a request would change; undefined: none. */
function changedBy({ method, ruri, message }: Asking): Aor | undefined {
  if (method === 'PUBLISH') return aorOf(ruri);
  return method === 'REGISTER' ? parseAor(message.to?.uri ?? '') ?? aorOf(ruri) : undefined;
}

/** Anybody who is somebody here. Who may watch whom is decided later. */
function signedIn({ digestUsers, message }: Asking, users: UserTable): Authorization {
  const { realms } = users;
  if (realms.some((realm) => digestUsers.has(realm))) return 'ok';
  const from = parseAor(message.from?.uri ?? '');
  const realm = users.realmOf(from?.domain ?? '') ?? realms[0];
  return realm === undefined ? 'forbidden' : ['authenticate', realm];
}
