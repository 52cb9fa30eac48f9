import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { makeHa1 } from '@nksip-ts/core';
import { Machine } from './machine.ts';
import { commandsOf, typeUsers } from './typed.ts';

const root = new URL('..', import.meta.url).pathname;
const folder = '/opt/nksip-ts';
const copyOfWhatIsBuilt = `(cd ${folder} && tar -cf - node_modules packages/*/dist $(ls -d packages/*/node_modules)) | tar -xf -`;
const USERS = 50;
const PASSWORD = 'a-password-of-everybody';

/** What the household saw: milliseconds without an answer, what its next PUBLISH requests got, why subscriptions ended, watchers that do not know the newest state. */
interface Seen {
  readonly away: number;
  readonly codes: Readonly<Record<string, number>>;
  readonly ends: Readonly<Record<string, number>>;
  readonly outdated: number;
}

/** Types the commands of docs/operations.md on a machine of its own, which this one must be able to make, and prints how long each step takes. Rejects where a step fails or loses something. */
export async function checkOperations(): Promise<void> {
  const obstacle = Machine.obstacle;
  if (obstacle !== undefined) {
    console.log(`The commands of docs/operations.md were not typed: ${obstacle}.`);
    return;
  }
  const machine = await Machine.boot();
  try {
    await newService(machine);
    for (const store of ['LMDB', 'Redis'] as const) await live(machine, store);
  } finally {
    await machine.end();
  }
}

async function timed(what: string, task: () => unknown): Promise<void> {
  const began = performance.now();
  const told = await task();
  console.log(`${what}: ${((performance.now() - began) / 1000).toFixed(1)} s${typeof told === 'string' ? `; ${told}` : ''}`);
}

/** From a new machine to a service with two users, TLS, LMDB, metrics and the page. */
async function newService(machine: Machine): Promise<void> {
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  const project = execFileSync('tar', ['--null', '--files-from=-', '-cf', '-'], { cwd: root, input: files, maxBuffer: 1e9 });
  machine.type(`mkdir -p ${folder} && tar -xf - -C ${folder}`, { input: project });
  const type = (name: string, replaced = {}): string => machine.type(commandsOf(name, replaced), { folder });
  await timed('install', () => { type('install'); });
  await timed('certificate', () => { type('certificate'); });
  await timed('users', async () => { await typeUsers(machine, folder, [PASSWORD, PASSWORD]); });
  await timed('configuration', () => { type('configuration'); });
  await timed('service', () => { expectText(type('service'), /is ready on .*:5061;transport=tls.*http:\/\/127\.0\.0\.1:8088\//); });
  await timed('try', () => { expectText(type('try', { 'ALICES-PASSWORD': PASSWORD }), /^200 OK[^]*Messages-Waiting: yes[^]*"ready"[^]*nksip_requests_total.*SUBSCRIBE/); });
  await timed('is hardened, and has its page', () => {
    const status = machine.type('cat /proc/$(systemctl show -P MainPID nksip-ts)/status; curl -fsS http://127.0.0.1:8088/');
    expectText(status, /^NoNewPrivs:\s1$/m, /^Seccomp:\s2$/m, /^CapEff:\s0+$/m, /<!doctype html>/i, new RegExp(`^Uid:\\s${machine.type('id -u nksip-ts').trim()}\\s`, 'm'));
  });
  await timed('starts again after kill -9', () => {
    machine.type('kill -9 $(systemctl show -P MainPID nksip-ts); for i in {1..300}; do sleep 0.1; curl -fsS http://127.0.0.1:8088/ready && break; done; systemctl is-active nksip-ts');
  });
  const users = Array.from({ length: USERS }, (_, user) => `u${user}:example.com:MD5:${makeHa1(`u${user}`, 'example.com', PASSWORD).slice(-32)}\n`).join('');
  machine.type('git config --global user.email root@example.com; git config --global user.name root');
  machine.type('cat >> /etc/nksip-ts/users', { input: users });
  machine.type('git init -q && git add -A && git commit -qm new && git tag v-new', { folder });
}

/** Upgrades, backs up and restores while people use the service. */
async function live(machine: Machine, store: 'LMDB' | 'Redis'): Promise<void> {
  if (store === 'Redis') {
    machine.type('systemd-run -q --unit=state redis-server --bind 127.0.0.1 --appendonly yes --dir /root');
    machine.type(`sed -i -e s/event-store-lmdb/event-store-redis/ -e 's#"sip_event_store_lmdb_path": .*,#"sip_event_store_redis_url": "redis://127.0.0.1:6379",#' /etc/nksip-ts/config.json`);
    machine.type('systemctl restart nksip-ts');
  }
  await timed(`${store}: upgrade`, async () => await withHousehold(machine, (before) => {
    // Built once: these commands have been typed above.
    machine.type(commandsOf('upgrade', { 'NEW-VERSION': 'v-new', URL: folder, 'npm ci && npm run build && npm ci --omit=dev': copyOfWhatIsBuilt }));
    machine.type(`rm -rf ${folder}.old`);
    expectSame(countsOf(machine), before);
  }));
  await timed(`${store}: back up and restore`, async () => await withHousehold(machine, (before) => {
    machine.type(commandsOf('backup'));
    machine.type(store === 'LMDB' ? commandsOf('restore') : `systemctl stop nksip-ts; redis-cli flushall; ${commandsOf('restore').split('\n').slice(2).join('\n')}`);
    expectSame(countsOf(machine).publications, before.publications);
  }));
}

/** While users publish, are registered and watch. What they publish afterwards must be accepted with the tags that they have. */
async function withHousehold(machine: Machine, task: (before: Counts) => void): Promise<string> {
  const household = machine.start('node', '--import', `${root}node_modules/tsx/dist/loader.mjs`, '-C', '@nksip-ts/source', `${root}.ci/household.ts`, '127.0.0.1:5060', String(USERS), PASSWORD);
  const ended = once(household, 'exit');
  if (household.stdin === null || household.stdout === null) throw new Error('no streams');
  const lines = createInterface({ input: household.stdout })[Symbol.asyncIterator]();
  if ((await lines.next()).value !== 'there') throw new Error('the household cannot use the service');
  const before = countsOf(machine);
  task(before);
  household.stdin.end();
  const seen = JSON.parse(String((await lines.next()).value)) as Seen;
  await ended;
  expectSame(seen.codes, { 200: USERS });
  expectSame(seen.outdated, 0);
  return `${before.publications} publications, ${before.registrations} registrations, ${USERS} watchers; away for ${(seen.away / 1000).toFixed(1)} s; ends of subscriptions: ${JSON.stringify(seen.ends)}`;
}

interface Counts { readonly publications: number; readonly registrations: number }

/** Of the household, counted by listing. */
function countsOf(machine: Machine): Counts {
  const many = (path: string): number => (JSON.parse(machine.type(`curl -fsS '${`http://127.0.0.1:8088/api/${path}?limit=500&prefix=u`}'`)) as { items: unknown[] }).items.length;
  return { publications: many('publications'), registrations: many('registrations') };
}

function expectText(text: string, ...patterns: readonly RegExp[]): void {
  for (const pattern of patterns) if (!pattern.test(text)) throw new Error(`this does not match ${String(pattern)}:\n${text}`);
}

function expectSame(got: unknown, wanted: unknown): void {
  if (JSON.stringify(got) !== JSON.stringify(wanted)) throw new Error(`${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}`);
}

if (process.argv[1] === import.meta.filename) await checkOperations();
