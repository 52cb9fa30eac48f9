/** The servers that are compared, and how each is started. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isBound } from './process-cost.mts';
import { hooked, portIn, ServerProcess, type Launch } from './server-process.mts';

export const transports = ['udp', 'tcp', 'ws'] as const;
export type Transport = (typeof transports)[number];
export const stores = ['ram', 'lmdb'] as const;
export type Store = (typeof stores)[number];

export interface Place { readonly transport: Transport; readonly store: Store }
export function nameOf({ transport, store }: Place): string {
  return `${transport} ${store}`;
}

type Options = Readonly<Record<string, unknown>>;

export interface Running {
  readonly server: ServerProcess;
  readonly port: number;
  /** Bytes that it uses of what it has allocated, once garbage is collected. */
  live(): number | Promise<number>;
}

export interface Contender {
  readonly name: string;
  /** Whether it stores anything: its tags are its own and what it keeps can be weighed. */
  readonly keeps: boolean;
  /** Requests that may be under way at a time; less where its socket takes fewer. */
  readonly window: number;
  /** Why it cannot be measured there; undefined if it can. */
  missing(place: Place): string | undefined;
  /** `options` are further ones of our service. */
  start(place: Place, options?: Options): Promise<Running>;
  /** The same over UDP with the state in RAM, and with watchers; undefined if it has none. */
  readonly startWatched?: ((options?: Options) => Promise<Running>) | undefined;
  /** A registrar over UDP with the contacts in RAM; undefined if it is none. */
  readonly startRegistrar?: (() => Promise<Running>) | undefined;
}

/** Anybody may watch, and every change is notified at once, as the others do. */
export const watching: Options = {
  plugins: ['event-notifier'], sip_event_notifier_default_decision: 'allow', sip_event_notifier_min_interval: 0, sip_event_notifier_max_expires: 3600,
};

export const projectRoot = fileURLToPath(new URL('..', import.meta.url));

/** The command of a checkout that is built, started with further arguments for Node, and flags of its own; `spreads`: on all CPUs. */
export function ours(name = 'ours', root = projectRoot, nodeArguments: readonly string[] = [], flags: readonly string[] = [], spreads = false): Contender {
  const contender: Contender = {
    name, keeps: true, window: 200,
    missing({ store }) {
      return store === 'ram' || existsSync(join(root, 'packages/event-store-lmdb/dist')) ? undefined : 'packages/event-store-lmdb is not there, or not built';
    },
    async start({ transport, store }, options = {}) {
      // A disk, which /tmp often is not.
      const folder = store === 'ram' ? undefined : mkdtempSync(join(process.env['TMPDIR'] ?? '/var/tmp', 'nksip-ts-bench-'));
      // Named, for the default of `serve` is another from commit to commit.
      const stored = folder === undefined ? { plugins: ['event-compositor'] } : { plugins: ['event-compositor', 'event-store-lmdb'], sip_event_store_lmdb_path: folder };
      const listen = transport === 'ws' ? 'sip:127.0.0.1:0;transport=ws' : 'sip:127.0.0.1:0';
      return await announced(transport, {
        command: process.execPath,
        args: [...nodeArguments, ...hooked, join(root, 'packages/cli/bin/nksip-ts.js'), 'serve', ...flags, ...settings({ sip_listen: listen, sip_events: 'presence', log_level: 'warn', ...stored, ...options })],
        cwd: root, isReady, spreads,
        cleanUp: () => { if (folder !== undefined) rmSync(folder, { recursive: true, force: true }); },
      });
    },
  };
  const hasWatchers = existsSync(join(root, 'packages/event-notifier/dist/plugin.js'));
  const isRegistrar = existsSync(join(root, 'packages/registrar/dist/plugin.js'));
  const start = (options: Options): Promise<Running> => contender.start({ transport: 'udp', store: 'ram' }, options);
  return {
    ...contender,
    startWatched: hasWatchers ? (options) => start({ ...watching, ...options }) : undefined,
    startRegistrar: isRegistrar ? () => start({ plugins: ['registrar'] }) : undefined,
  };
}

const floor: Contender = {
  name: 'floor', keeps: false, window: 200,
  missing: ({ store }) => store === 'ram' ? undefined : 'it stores nothing',
  start: ({ transport }) => announced(transport, { command: process.execPath, args: [...hooked, peer('floor.mjs'), transport], isReady }),
  startWatched: () => announced('udp', { command: process.execPath, args: [...hooked, peer('floor-watch.mjs')], isReady }),
};

const kamailio: Contender = {
  name: 'kamailio', keeps: true, window: 200,
  missing({ transport, store }) {
    if (spawnSync('kamailio', ['-v']).status !== 0) return 'it is not installed: apt-get install kamailio kamailio-presence-modules';
    return transport === 'ws' || store !== 'ram' ? 'its configuration here is for UDP and TCP, in memory' : undefined;
  },
  start: () => startKamailio(),
  startWatched: () => startKamailio(),
  startRegistrar: () => startKamailio('kamailio-registrar.cfg'),
};

async function startKamailio(configuration = 'kamailio.cfg'): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'kamailio-bench-'));
  // Debian's build begins with an allocator for debugging, qm, which costs several times the CPU of fm.
  const settled = ['-x', 'fm', '-X', 'fm', '-m', '2048', '-M', '16', '-b', '4194304', '-Y', folder, '-w', folder, '-P', join(folder, 'pid')];
  const control = `unixs:${join(folder, 'control')}`;
  const live = (): number => Number(/real_used: (\d+)/.exec(spawnSync('kamcmd', ['-s', control, 'core.shmmem'], { encoding: 'utf8' }).stdout)?.[1]);
  return await atFreePort(live, (port) => ({
    command: 'kamailio', args: ['-f', peer(configuration), '-DD', '-E', ...settled, '-A', `PORT=${port}`, '-A', `CONTROL="${control}"`],
    isReady: () => isBound('udp', port) && isBound('tcp', port),
    cleanUp: () => { rmSync(folder, { recursive: true, force: true }); },
  }));
}

const npmSip: Contender = {
  // Its socket has the system's buffer, of some 90 requests.
  name: 'npm-sip', keeps: true, window: 64,
  missing({ transport, store }) {
    try {
      createRequire(peer('npm-sip.cjs')).resolve('sip');
    } catch {
      return 'it is not installed: npm install --prefix FOLDER sip, then NODE_PATH=FOLDER/node_modules npm run bench';
    }
    return transport === 'ws' || store !== 'ram' ? 'its program here is for UDP and TCP, in memory' : undefined;
  },
  start: () => atFreePort(heapOf, (port) => ({
    command: process.execPath, args: [...hooked, peer('npm-sip.cjs'), String(port)],
    isReady: () => isBound('udp', port) && isBound('tcp', port),
  })),
};

export const peers: readonly Contender[] = [floor, kamailio, npmSip];

function settings(options: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(options).flatMap(([name, value]) => ['--set', `${name}=${JSON.stringify(value)}`]);
}

function isReady(printed: string): boolean {
  return / is ready on .*\n/.test(printed);
}

async function announced(transport: Transport, launch: Launch): Promise<Running> {
  const server = await ServerProcess.start(launch);
  return { server, port: portIn(server.printed, transport), live: () => heapOf(server) };
}

async function atFreePort(live: (server: ServerProcess) => number | Promise<number>, launch: (port: number) => Launch): Promise<Running> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await new Promise((closed) => { probe.close(closed); });
  const server = await ServerProcess.start(launch(port));
  return { server, port, live: () => live(server) };
}

async function heapOf(server: ServerProcess): Promise<number> {
  return (await server.collected()).heap;
}

function peer(file: string): string {
  return fileURLToPath(new URL(`peers/${file}`, import.meta.url));
}
