// Only the owner of an address in example.com may publish to it. The passwords are in users.txt in the folder of this file, with a
// line for each user as 'nksip-ts ha1 USER example.com' prints it. The file is read once, at the start.
import { readFileSync } from 'node:fs';

const domain = 'example.com';
const lines = readFileSync(new URL('users.txt', import.meta.url), 'utf8').split(/\r?\n/);
const passwords = new Map(lines.flatMap((line) => {
  const colon = line.indexOf(':');
  return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1)]] : [];
}));

export const options = { sip_listen: 'sip:all:5060', sip_events: 'presence, nkpublish', sip_domains: domain };

export const module = {
  sip_authorize(_authList, req) {
    const user = req.digestUsers.get(domain);
    if (user === undefined) return ['authenticate', domain];
    return req.ruri.user === user && req.ruri.domain === domain ? 'ok' : 'forbidden';
  },
  sip_get_user_pass: (user, realm) => realm === domain && (passwords.get(user) ?? false),
};
