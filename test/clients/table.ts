// Runs each client that is installed against what `nksip-ts serve` starts, without and with passwords, and prints a table of what was answered:
// node --import tsx -C @nksip-ts/source test/clients/table.ts
import { uac } from '@nksip-ts/core';
import { startPublish, startRegister } from '@nksip-ts/uac-auto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Command } from '../cli/command.ts';
import { temporaryFolder, removeFolder } from '../kit/temporary-folder.ts';
import { closeAll, later, running, tracedText } from '../wire/running.ts';
import { WebSocket } from 'ws';
import { baresip } from './baresip.ts';
import { kamailio } from './kamailio.ts';
import { stay } from './sip-js-stay.ts';
import { hasTool } from './tools.ts';
import { twinkle } from './twinkle.ts';

interface Place {
  readonly udp: number;
  readonly ws: number;
  readonly password: string | undefined;
  /** Resolves when alice's, or another user's, request with the method was answered 200 so often, at `expires` or removing. */
  until(user: string, step: Step, count?: number): Promise<void>;
}

type Step = 'register' | 'publish' | 'watch' | 'be watched' | 'unpublish' | 'unwatch' | 'unregister';
const steps: readonly Step[] = ['register', 'publish', 'watch', 'be watched', 'unpublish', 'unwatch', 'unregister'];

interface Exchange {
  readonly user: string;
  readonly step: Step;
  readonly code: number;
}

const document = (user: string): string => `<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:${user}@127.0.0.1"><tuple id="t1"><status><basic>open</basic></status></tuple></presence>`;

/** Two users each, alice first. */
const clients: Readonly<Record<string, { readonly program?: string; run(place: Place): Promise<void> }>> = {
  'baresip 1.0': {
    program: 'baresip',
    async run({ udp, password, until }) {
      const begin = (user: string, buddy: string) => baresip(`${udp}>;regint=600;pubint=600${password === undefined ? '' : `;auth_pass=${password}`}`, `sip:${buddy}@127.0.0.1:${udp}`, user);
      const alice = await begin('alice', 'bob');
      await all(until, 'alice', ['register', 'publish', 'watch']);
      const bob = await begin('bob', 'alice');
      await all(until, 'bob', ['register', 'publish', 'watch', 'be watched']);
      await alice.end();
      await all(until, 'alice', ['unregister', 'unpublish', 'unwatch']);
      await bob.end();
    },
  },
  'Twinkle 1.10': {
    program: 'twinkle',
    async run({ udp, password, until }) {
      const begin = (user: string, buddy: string) => twinkle(user, udp, buddy, {
        register_at_startup: 'yes', registration_time: 3600, pres_publish_startup: 'yes', ...(password !== undefined && { auth_name: user, auth_pass: password }),
      });
      const alice = await begin('alice', 'bob');
      await all(until, 'alice', ['register', 'publish', 'watch']);
      const bob = await begin('bob', 'alice');
      await all(until, 'bob', ['register', 'publish', 'watch', 'be watched']);
      await alice.quit();
      await all(until, 'alice', ['unregister', 'unpublish', 'unwatch']);
      await bob.quit();
    },
  },
  'SIP.js 0.21': { run: async ({ ws, password }) => { await stay(`ws://127.0.0.1:${ws}`, password, 600); } },
  'Kamailio 5.6 pua': {
    program: 'kamailio',
    async run({ udp, password, until }) {
      const proxy = await kamailio('kamailio-pua.cfg', { SERVER: `sip:127.0.0.1:${udp}` });
      const publish = (expires: number, body: readonly string[]) => proxy.command('pua.publish', 'sip:alice@127.0.0.1', String(expires), 'presence', body.length > 0 ? 'application/pidf+xml' : '.', 'desk', '.', '.', '.', ...body);
      await publish(600, [document('alice')]);
      const bob = await running({ sip_listen: 'sip:127.0.0.1:0', sip_from: 'sip:bob@127.0.0.1', ...(password !== undefined && { sip_pass: password }) });
      const watched = await uac.subscribe(bob, `sip:alice@127.0.0.1:${udp}`, { event: 'presence', expires: 600 });
      await until('alice', 'be watched');
      await publish(0, []);
      if (watched.ok) await uac.subscribe(bob, watched.subscription, { expires: 0 });
    },
  },
  'nksip-ts (uac-auto)': {
    async run({ udp, password, until }) {
      const begin = async (user: string, buddy: string) => {
        const service = await running({ plugins: ['uac-auto'], sip_listen: 'sip:127.0.0.1:0', sip_from: `sip:${user}@127.0.0.1`, ...(password !== undefined && { sip_pass: password }) });
        await startRegister(service, 'line', `sip:${user}@127.0.0.1:${udp}`);
        await startPublish(service, 'me', `sip:${user}@127.0.0.1:${udp}`, { event: 'presence', body: document(user) });
        const watched = await uac.subscribe(service, `sip:${buddy}@127.0.0.1:${udp}`, { event: 'presence', expires: 600 });
        return { service, subscription: watched.ok ? watched.subscription : '' };
      };
      const [alice, bob] = [await begin('alice', 'bob'), await begin('bob', 'alice')];
      await all(until, 'bob', ['be watched']);
      for (const { service, subscription } of [alice, bob]) {
        await uac.subscribe(service, subscription, { expires: 0 });
        await service.stop();
      }
    },
  },
};

async function all(until: Place['until'], user: string, wanted: readonly Step[]): Promise<void> {
  await Promise.all(wanted.map((step) => until(user, step)));
}

/** The configuration file of the documentation, for the domain 127.0.0.1. */
function withPasswords(folder: string): string {
  const file = join(folder, 'with-passwords.mjs');
  writeFileSync(file, readFileSync(new URL('../../examples/with-passwords.mjs', import.meta.url), 'utf8').replace("domain = 'example.com'", "domain = '127.0.0.1'"));
  writeFileSync(join(folder, 'users.txt'), 'alice:secret\nbob:secret\n');
  return file;
}

// Node.js 20 has none.
Object.defineProperty(globalThis, 'WebSocket', { value: WebSocket, configurable: true, writable: true });

const head = ['client', 'passwords', ...steps];
const rows: string[][] = [];
for (const [name, { program, run }] of Object.entries(clients)) {
  for (const digest of [false, true]) {
    if (program !== undefined && !hasTool(program)) rows.push([name, digest ? 'MD5' : 'none', `${program} is not installed`]);
    else rows.push([name, digest ? 'MD5' : 'none', ...await cellsOf(run, digest)]);
  }
}
const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
console.log(lines.join('\n'));

async function cellsOf(run: (place: Place) => Promise<void>, digest: boolean): Promise<readonly string[]> {
  const folder = temporaryFolder('table');
  later(() => { removeFolder(folder); });
  const extra = digest ? ['--config', withPasswords(folder), '--set', 'sip_event_notifier_default_decision=allow'] : [];
  const server = new Command('serve', '--listen', 'sip:127.0.0.1:0, sip:127.0.0.1:0;transport=ws', '--set', 'sip_trace=true', '--set', 'log_level=info', '--log-format', 'json', ...extra);
  later(() => server[Symbol.asyncDispose]());
  const [, udp, ws] = await server.printed(/:(\d+);transport=udp.*:(\d+);transport=ws/);
  const until: Place['until'] = async (user, step, count = 1) => {
    for (const end = Date.now() + 30_000; exchangesIn(server.out).filter((one) => one.user === user && one.step === step && one.code === 200).length < count;) {
      if (Date.now() > end) throw new Error(`${user} did not ${step}`);
      await wait(50);
    }
  };
  let failure = '';
  try {
    await run({ udp: Number(udp), ws: Number(ws), password: digest ? 'secret' : undefined, until });
    await wait(1000);
  } catch (error) {
    failure = ` (${(error as Error).message.slice(0, 80)})`;
  }
  const found = exchangesIn(server.out);
  await closeAll();
  return steps.map((step) => codesOf(found.filter((one) => one.step === step)) + (step === 'unregister' ? failure : ''));
}

/** Each code once, in its order. */
function codesOf(found: readonly Exchange[]): string {
  return found.length === 0 ? '-' : [...new Set(found.map(({ code }) => code))].join(', ');
}

/** The requests in a trace that were answered: those that clients sent, and the NOTIFYs with an open state that their watchers accepted. */
function exchangesIn(log: string): readonly Exchange[] {
  const asked = new Map<string, { readonly user: string; readonly step: Step }>();
  const found: Exchange[] = [];
  for (const line of log.split('\n')) {
    if (!/"message":"(received from|sent to) /.test(line) || !line.endsWith('}')) continue;
    const { message } = JSON.parse(line) as { readonly message: string };
    const text = tracedText(message).replaceAll('\r', '');
    const field = (name: string): string => new RegExp(`^${name}: *(.*)$`, 'mi').exec(text)?.[1] ?? '';
    const key = `${field('Call-ID')} ${field('CSeq')}`;
    const status = /^SIP\/2\.0 (\d+)/.exec(text);
    const step = status === null ? stepOf(text, field) : undefined;
    if (step !== undefined) asked.set(key, { user: /sips?:([^@>]+)@/.exec(field('From'))?.[1] ?? '', step });
    const known = asked.get(key);
    if (status !== null && known !== undefined) found.push({ ...known, code: Number(status[1]) });
  }
  return found;
}

function stepOf(text: string, field: (name: string) => string): Step | undefined {
  const method = text.split(' ', 1)[0];
  const isOver = field('Expires') === '0' || /;expires=0\b/.test(field('Contact'));
  if (method === 'REGISTER') return isOver ? 'unregister' : 'register';
  if (method === 'PUBLISH') return isOver ? 'unpublish' : 'publish';
  if (method === 'SUBSCRIBE') return isOver ? 'unwatch' : 'watch';
  return method === 'NOTIFY' && text.includes('<basic>open') ? 'be watched' : undefined;
}
