/** What it means for one program to keep many publications: `npm run bench:kept`. */
import { parseArgs } from 'node:util';
import { setTimeout as wait } from 'node:timers/promises';
import { start, type Service } from '@nksip-ts/core';
import { publications, startPublish } from '@nksip-ts/uac-auto';
import { fileURLToPath } from 'node:url';
import { projectRoot } from './contenders.mts';
import { join } from 'node:path';
import { numberOf, secondsOf } from './plan.mts';
import { endServersOnSignals, failed } from './program.mts';
import { hooked, portIn, ServerProcess } from './server-process.mts';
import { percentile } from './statistics.mts';
import { table, text } from './table.mts';

const usage = `Usage: npm run bench:kept -- [options]

One program keeps publications alive with the plugin uac-auto at a server (nksip-ts serve), over UDP. Exit code 1 if one lapsed.

  --count N         publications; 10000
  --seconds N       for which they are kept, once all are there; 600
  --expires N       seconds that each lasts; 60
  --help            prints this
`;

interface Order {
  readonly count: number;
  readonly seconds: number;
  readonly expires: number;
}

/** What happened at the server within a second. */
interface Second {
  readonly put: number;
  readonly kept: number;
  readonly expired: number;
}

/** CPU seconds and bytes. */
interface Cost {
  readonly cpu: number;
  readonly rss: number;
}

const body = '<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:u@example.com"><tuple id="t"><status><basic>open</basic></status></tuple></presence>';

endServersOnSignals();
try {
  const order = orderOf(process.argv.slice(2));
  if (order === undefined) console.log(usage);
  else if (!await measured(order)) process.exitCode = 1;
} catch (error) {
  failed(error);
}

/** Undefined if it is help that is asked for. */
function orderOf(args: readonly string[]): Order | undefined {
  const option = { type: 'string' } as const;
  const { values } = parseArgs({ args: [...args], options: { count: option, seconds: option, expires: option, help: { type: 'boolean' } } });
  if (values.help === true) return undefined;
  return { count: numberOf('count', values.count, 10_000), seconds: secondsOf('seconds', values.seconds, 600), expires: numberOf('expires', values.expires, 60) };
}

/** Whether none lapsed. */
async function measured(order: Order): Promise<boolean> {
  const server = await ServerProcess.start({
    command: process.execPath, cwd: projectRoot, isReady: (printed) => / is ready on .*\n/.test(printed),
    args: [...hooked, join(projectRoot, 'packages/cli/bin/nksip-ts.js'), 'serve', '--listen', 'sip:127.0.0.1:0', '--config', fileURLToPath(new URL('peers/kept-server.mjs', import.meta.url))],
  });
  try {
    const program = await start('program', { plugins: ['uac-auto'], sip_listen: 'sip:127.0.0.1:0', log_level: 'error', sip_uac_auto_max_kept: order.count });
    const fill = await filled(program, portIn(server.printed, 'udp'), order);
    const skipped = secondsIn(server.printed).length;
    const cost = await costing(server, order.seconds);
    const seconds = secondsIn(server.printed);
    const left = publications(program).filter(({ ok }) => ok).length;
    await program.stop();
    return told(order, fill, { all: seconds, kept: seconds.slice(skipped + 1), left }, cost);
  } finally {
    await server.stop();
  }
}

/** Seconds that it takes until all are there. */
async function filled(program: Service, port: number, { count, expires }: Order): Promise<number> {
  const began = performance.now();
  await Promise.all(Array.from({ length: count }, async (_, index) => {
    const { ok } = await startPublish(program, `p${index}`, `sip:u${index}@127.0.0.1:${port}`, { event: 'presence', body, expires });
    if (!ok) throw new Error(`Publication ${index} was not accepted.`);
  }));
  return (performance.now() - began) / 1000;
}

/** What the program and the server use meanwhile. */
async function costing(server: ServerProcess, seconds: number): Promise<{ readonly program: Cost; readonly server: Cost }> {
  const before = { program: own(), server: await server.ask('usage') };
  await wait(1000 * seconds);
  const after = { program: own(), server: await server.ask('usage') };
  const spent = (name: 'program' | 'server'): Cost => ({ cpu: after[name].cpu - before[name].cpu, rss: after[name].rss });
  return { program: spent('program'), server: spent('server') };
}

function own(): Cost {
  const { user, system } = process.cpuUsage();
  return { cpu: (user + system) / 1e6, rss: process.memoryUsage().rss };
}

function secondsIn(printed: string): readonly Second[] {
  return [...printed.matchAll(/^kept (\d+) (\d+) (\d+) (\d+)/gm)].map(([, put, refresh, modify, expired]) => ({ put: Number(put), kept: Number(refresh) + Number(modify), expired: Number(expired) }));
}

/** Prints what was found; whether none lapsed. */
function told({ count, seconds, expires }: Order, fill: number, found: { readonly all: readonly Second[]; readonly kept: readonly Second[]; readonly left: number }, cost: Awaited<ReturnType<typeof costing>>): boolean {
  const expired = sumOf(found.all, 'expired');
  const anew = sumOf(found.kept, 'put');
  const lapsed = Math.max(expired, anew, count - found.left);
  console.log(`${count} publications of ${expires} s, kept for ${seconds} s, all there after ${text(fill, 1)} s. Lapsed: ${lapsed} (expired at the server ${expired}, published anew ${anew}, not kept at the end ${count - found.left}).\n`);
  const sizes = ['first fifth', 'last fifth', 'all'].map((name) => [name, ...spreadOf(partOf(found.kept, name))]);
  console.log(`${table(['refreshes a second', 'least', 'median', 'most'], sizes)}\n`);
  console.log(table(['process', 'CPU s', 'RSS MB'], (['program', 'server'] as const).map((name) => [name, text(cost[name].cpu, 1), text(cost[name].rss / 2 ** 20, 0)])));
  return lapsed === 0;
}

function partOf(seconds: readonly Second[], name: string): readonly Second[] {
  const fifth = Math.ceil(seconds.length / 5);
  return name === 'all' ? seconds : name === 'first fifth' ? seconds.slice(0, fifth) : seconds.slice(-fifth);
}

function spreadOf(seconds: readonly Second[]): readonly string[] {
  const sorted = seconds.map(({ kept }) => kept).sort((one, other) => one - other);
  return [0, 0.5, 1].map((share) => text(percentile(sorted, share), 0));
}

function sumOf(seconds: readonly Second[], what: keyof Second): number {
  return seconds.reduce((sum, second) => sum + second[what], 0);
}
