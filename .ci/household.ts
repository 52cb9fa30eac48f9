import { once } from 'node:events';
import { startByName, uac } from '@nksip-ts/core';
import { Crowd } from '../test/clients/crowd.ts';

// Runs in a machine while its server is upgraded or restored: users who publish, are registered and watch themselves; prints a line when they are there, and
// at the end of its standard input what they saw.
//   household.ts SERVER USERS PASSWORD, where SERVER is an address and port

const [, , server = '', users = '', password = ''] = process.argv;
const stops: (() => Promise<unknown>)[] = [];

const crowd = await Crowd.arrive({
  users: Number(users), domain: 'example.com', password, server: 'sip:example.com', route: `<sip:${server};lr>`, event: 'message-summary', expires: 600, isRegistering: true,
  body: (text) => `Messages-Waiting: yes\r\nMessage-Account: sip:${text}@example.com\r\n`, watches: (user) => user,
}, (stop) => { stops.push(stop); });

// Asks again and again whether it is there.
const asking = await startByName(`asking-${process.pid}`, { sip_listen: 'sip:127.0.0.1:0', log_level: 'silent' });
let answeredAt = crowd.now;
let away = 0;
let isOver = false;
const asked = (async () => {
  while (!isOver) {
    const { code } = await uac.options(asking, `sip:${server}`, { timeout: 0.1 });
    // Any answer will do, but for one that says to come later: the domain is not ours.
    if (code !== 408 && code !== 503) {
      away = Math.max(away, crowd.now - answeredAt);
      answeredAt = crowd.now;
    }
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
})();

console.log('there');
process.stdin.resume();
await once(process.stdin, 'end');
// Afterwards everybody changes what they publish: with the tag that they have.
await Promise.all(Array.from({ length: Number(users) }, (_, user) => crowd.publish(user)));
const outdated = (): number => Array.from({ length: Number(users) }, (_, user) => user).filter((user) => crowd.noticed.findLast((one) => one.user === user)?.body !== crowd.newestOf(user)).length;
// A watcher is told at most every 5 seconds.
for (const end = crowd.now + 20_000; outdated() > 0 && crowd.now < end;) await new Promise((resolve) => { setTimeout(resolve, 50); });
isOver = true;
await asked;
const codes: Record<string, number> = {};
for (const { code } of crowd.published) codes[code] = (codes[code] ?? 0) + 1;
const ends: Record<string, number> = {};
for (const { why } of crowd.ends) ends[why] = (ends[why] ?? 0) + 1;
console.log(JSON.stringify({ away: Math.round(away), codes, ends, outdated: outdated() }));
process.exit(0);
