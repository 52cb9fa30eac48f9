// Only the owner of an address in example.com may publish to it and register for it. Whoever has signed in may watch the others, if
// sip_event_notifier_default_decision lets them. The passwords are in users.txt in the folder of this file, with a line for each user as
// 'nksip-ts ha1 USER example.com' prints it. The file is read once, at the start.
import { readFileSync } from 'node:fs';

const domain = 'example.com';
const lines = readFileSync(new URL('users.txt', import.meta.url), 'utf8').split(/\r?\n/);
const passwords = new Map(lines.flatMap((line) => {
  const colon = line.indexOf(':');
  return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1)]] : [];
}));

// A REGISTER has the address in To.
const isAddressOf = (user, uri = '') => {
  const [, name, host] = /^sips?:([^%:;?@]+)@([^:;?@]+)(?::\d+)?$/i.exec(uri) ?? [];
  return name === user && host.toLowerCase() === domain;
};

export const options = { sip_listen: 'sip:all:5060', sip_events: 'presence, nkpublish', sip_domains: domain };

export const module = {
  sip_authorize(_authList, req) {
    const user = req.digestUsers.get(domain);
    if (user === undefined) return ['authenticate', domain];
    if (req.method === 'SUBSCRIBE') return 'ok';
    if (req.method === 'REGISTER') return isAddressOf(user, req.message.to?.uri) ? 'ok' : 'forbidden';
    return req.ruri.user === user && req.ruri.domain === domain ? 'ok' : 'forbidden';
  },
  sip_get_user_pass: (user, realm) => realm === domain && (passwords.get(user) ?? false),
};
