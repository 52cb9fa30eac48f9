import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { LmdbStore } from '@nksip-ts/event-store-lmdb';
import { registrationsIn } from '@nksip-ts/registrar';
import { expect } from 'chai';
import { registerText } from '../registrar/register-text.ts';
import { Child } from './child.ts';
import { Directories } from './directories.ts';
import { numbersOf } from './kill-rounds.ts';

/** A contact of a user, or that it was removed. */
type State = string | 'removed';

interface Known {
  /** What was answered 200 last. */
  answered: State | undefined;
  /** What was asked for since: whether it has happened nobody knows. */
  pending: State | undefined;
}

const USERS = 40;

describe('a registrar with LMDB that is killed under load', function () {
  this.timeout(60_000);
  const directories = new Directories();
  afterEach(() => directories.remove());

  it('RFC 3261 10.3 step 8 has all that it answered 200, and nothing that it removed', async () => {
    const seed = Date.now() % 2 ** 32;
    const random = numbersOf(seed);
    const path = directories.make();
    const server = new Child('registering-server.ts', [path]);
    const port = Number(await server.line());
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const users = new Map<string, Known>();
    let answers = 0;

    const send = (user: string): void => {
      const known = users.get(user) ?? { answered: undefined, pending: undefined };
      users.set(user, known);
      known.pending = known.answered?.startsWith('sip:') === true && random() < 0.3 ? 'removed' : `sip:${user}@192.0.2.1:${1024 + Math.floor(random() * 60_000)}`;
      const aor = `<sip:${user}@example.com>`;
      // The old contact goes with the request that brings the new one.
      const gone = known.answered?.startsWith('sip:') === true ? [`<${known.answered}>;expires=0`] : [];
      const contact = known.pending === 'removed' ? gone : [...gone, `<${known.pending}>`];
      socket.send(registerText({ to: aor, from: `${aor};tag=f`, contact, expires: 600, via: [`SIP/2.0/UDP 127.0.0.1:${socket.address().port};rport;branch=z9hG4bK${user}-${answers}-${Math.floor(random() * 1e9)}`] }), port, '127.0.0.1');
    };

    socket.on('message', (bytes) => {
      const text = bytes.toString();
      const user = /^To: <sip:([^@]*)@/m.exec(text)?.[1] ?? '';
      const known = users.get(user);
      if (known?.pending === undefined || !text.startsWith('SIP/2.0 200')) return;
      known.answered = known.pending;
      known.pending = undefined;
      answers++;
      send(user);
    });
    for (let i = 0; i < USERS; i++) send(`user${i}`);
    for (const end = performance.now() + 300 + random() * 500; performance.now() < end || (answers < 100 && performance.now() < end + 30_000);) await new Promise((done) => { setTimeout(done, 5); });
    await server.end('SIGKILL');
    await new Promise((done) => { setImmediate(done); });
    socket.close();

    const store = new LmdbStore({ path }).open();
    const wrong: string[] = [];
    for (const [user, { answered, pending }] of users) {
      const found = (await registrationsIn(store).get('server', { scheme: 'sip', user, domain: 'example.com' }))?.contacts.map(({ contact }) => contact) ?? [];
      const is = (state: State | undefined): boolean => state === undefined || state === 'removed' ? found.length === 0 : found.length === 1 && found[0] === state;
      if (!is(answered) && !(pending !== undefined && is(pending))) wrong.push(`${user}: ${found.join(', ') || 'nothing'} there, ${answered ?? 'nothing'} answered, ${pending ?? 'nothing'} under way`);
    }
    await store.close();
    expect(wrong, `seed ${seed}`).to.deep.equal([]);
    expect(answers, `seed ${seed}`).to.be.at.least(100);
  });
});
