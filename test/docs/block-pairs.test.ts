import { execFile } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { root } from '../../docs/generator/pages.ts';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { blocks, type Block } from './blocks.ts';

const run = promisify(execFile);

/** A server at the port of the README, for a page that has a client only. */
const usualServer = "import { start } from '@nksip-ts/core';\nimport '@nksip-ts/event-compositor';\nawait start('server', { plugins: ['event-compositor'], sip_listen: 'sip:127.0.0.1:5060', sip_events: 'presence' });\n";

interface Pair {
  readonly page: string;
  readonly server: string;
  readonly client: Block;
  /** Blocks of the page that have a name, for the two to import. */
  readonly named: readonly Block[];
}

/** An address with a port that the page says, which somebody has to listen at. */
const fixed = /127\.0\.0\.1:([1-9]\d*)/;

/** A block that listens at an address and one that asks there, of one page. */
function pairs(): readonly Pair[] {
  const all = blocks().filter(({ language }) => language === 'ts');
  const clients = all.filter(({ text }) => fixed.test(text) && /\buac\.|\bUserAgent\b/.test(text) && !text.includes('sip_listen'));
  return clients.map((client): Pair => {
    const ofPage = all.filter(({ page }) => page === client.page);
    const port = fixed.exec(client.text)?.[1] ?? '';
    const server = ofPage.find(({ text }) => new RegExp(`sip_listen[^\\n]*127\\.0\\.0\\.1:${port}`).test(text));
    return { page: client.page, server: server?.text ?? usualServer, client, named: ofPage.filter(({ name }) => name !== '') };
  });
}

/** Starts the server on a free port, has the client ask there, and prints what the server stored and what the client printed. */
const runner = `
import { readFile, writeFile } from 'node:fs/promises';
import { WebSocket } from 'ws';
import { list, stop } from '@nksip-ts/core';
globalThis.WebSocket ??= WebSocket;
const print = console.log;
const said = [];
for (const name of ['log', 'warn', 'error', 'debug', 'info']) console[name] = (...words) => { said.push(words.join(' ')); };
const { service } = await import('./server.ts');
const stored = [];
for (const name of ['put', 'refresh', 'modify', 'del']) service.events.on('event_compositor:' + name, ({ record }) => { stored.push(name + ' by ' + record.publisher); });
const [, port] = /:(\\d+);/.exec(service.addresses[0]);
await writeFile(new URL('client.ts', import.meta.url), (await readFile(new URL('client.txt', import.meta.url), 'utf8')).replace(/127\\.0\\.0\\.1:\\d+/g, '127.0.0.1:' + port));
await import('./client.ts');
for (const id of list()) await stop(id);
print(JSON.stringify({ stored, said: said.filter((line) => !line.includes(' | sip.')) }));
process.exit();
`;

async function outcomeOf({ server, client, named }: Pair): Promise<{ readonly stored: readonly string[]; readonly said: readonly string[] }> {
  const folder = temporaryFolder('pair');
  try {
    const own = server.replace(fixed, '127.0.0.1:0').replace(/^await start\(/m, 'export const service = await start(');
    const files: readonly (readonly [string, string])[] = [
      ['server.ts', own], ['client.txt', client.text], ['runner.mjs', runner], ['package.json', '{ "type": "module" }'], ...named.map(({ name, text }) => [name, text] as const),
    ];
    for (const [name, text] of files) await writeFile(join(folder, name), text);
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    const tsx = pathToFileURL(join(root, 'node_modules/tsx/dist/loader.mjs')).href;
    const { stdout } = await run(process.execPath, ['--import', tsx, '-C', '@nksip-ts/source', 'runner.mjs'], { cwd: folder, timeout: 15_000 });
    return JSON.parse(stdout);
  } finally {
    removeFolder(folder);
  }
}

/** What the server stored, and what the client printed. */
const expected: Readonly<Record<string, readonly [readonly string[], readonly RegExp[]]>> = {
  'docs/authentication.md': [['put by alice@example.com'], []],
  'docs/uac.md': [['put by sip:alice@example.com 127.0.0.1'], [/^refresh \S+ within 600 seconds$/, /OPTIONS.*presence/]],
  'docs/websocket.md': [['put by sip:alice@example.com 127.0.0.1', 'del by sip:alice@example.com 127.0.0.1'], []],
};

describe('A server and a client on one page of the documentation', function () {
  this.timeout(20_000);
  this.slow(8_000);

  it('are known, each pair of them', () => {
    expect(pairs().map(({ page }) => page)).to.deep.equal(Object.keys(expected));
  });

  for (const pair of pairs()) {
    it(`do together what the page says: ${pair.page}`, async () => {
      const { stored, said } = await outcomeOf(pair);
      const [wanted, lines] = expected[pair.page] ?? [[], []];
      expect(stored, said.join('\n')).to.deep.equal(wanted);
      expect(said, said.join('\n')).to.have.length(lines.length);
      for (const [index, line] of lines.entries()) expect(said[index]).to.match(line);
    });
  }
});
