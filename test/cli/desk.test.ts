import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import sinon from 'sinon';
import '@nksip-ts/admin';
import '@nksip-ts/event-compositor';
import '@nksip-ts/event-notifier';
import { requireTool } from '../clients/tools.ts';
import { desk, TOKEN, type DeskClient } from '../admin/desk.ts';
import { publishText, requestText } from '../kit/request-text.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';
import { closeAll, later, overUdp } from '../wire/running.ts';
import { commandAt, runHere as run } from './command-here.ts';

async function publish({ peer }: DeskClient, user: string, body = 'on'): Promise<string> {
  const response = await peer.ask(publishText({ port: peer.port, uri: `sip:${user}@example.com`, event: 'nkpublish', body, expires: 600, headers: ['Content-Type: text/plain'] }));
  expect(response.code).to.equal(200);
  return response.one('SIP-ETag');
}

/** A command that asks this desk. */
function asking({ url }: DeskClient) {
  return commandAt(url);
}

/** A desk with one publication and one who watches it. */
async function watched(): Promise<DeskClient> {
  const one = await desk({ plugins: ['event-compositor', 'event-notifier', 'admin'], sip_event_notifier_default_decision: 'allow' });
  await publish(one, 'lamp', '<b>on</b>\u001b[2J');
  const watcher = await overUdp(one.service);
  const { code } = await watcher.ask(requestText({ method: 'SUBSCRIBE', port: watcher.port, uri: 'sip:lamp@example.com', headers: ['Event: nkpublish', 'Expires: 600', 'Accept: text/plain', `Contact: <sip:w@127.0.0.1:${watcher.port}>`] }));
  expect(code).to.equal(200);
  return one;
}

/** Somebody else on HTTP. */
async function elsewhere(answer: (server: Server) => void): Promise<string> {
  const server = createServer();
  answer(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  later(() => { server.closeAllConnections(); server.close(); });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('the commands that ask a running server', function () {
  this.timeout(30_000);

  afterEach(async () => {
    sinon.restore();
    await closeAll();
  });

  it('ps shows the process, where it listens and its plugins', async () => {
    const one = await desk();
    const { out, code } = await asking(one)('ps');
    expect(out).to.match(new RegExp(`^NAME +VERSION +PID +UP +STATE\n${one.service.id} +0\\.1\\.0 +${process.pid} +\\d+ s +running\n`));
    expect(out).to.include(one.service.addresses[0]).and.to.match(/plugins +.*admin/);
    expect(code).to.equal(0);
  });

  it('list shows what is published: all of it, of an address, by the beginning of addresses, and as JSON', async () => {
    const one = await desk();
    const tag = await publish(one, 'lamp');
    await publish(one, 'alice');
    const ask = asking(one);
    expect((await ask('list')).out).to.match(/^ADDRESS +EVENT +TAG +TYPE +SIZE +LEFT\n(?:sip:\w+@example\.com +nkpublish +\S+ +text\/plain +2 B +\d+ min \d\d s\n){2}$/);
    expect((await ask('list', 'sip:lamp@example.com')).out.split('\n')[1]).to.include(tag);
    const [line, ...rest] = (await ask('list', '--prefix', 'sip:la', '--json')).out.split('\n');
    expect(JSON.parse(line ?? '')).to.include({ uri: 'sip:lamp@example.com', tag, size: 2 });
    expect(rest).to.deep.equal(['']);
  });

  it('list tells that there are more, and what to do where there is nothing', async () => {
    const one = await desk();
    const ask = asking(one);
    expect(await ask('list')).to.deep.equal({ code: 0, out: '', err: 'Nothing is published that fits.\n' });
    await publish(one, 'lamp');
    await publish(one, 'alice');
    expect((await ask('list', '--limit', '1')).err).to.equal('There are more than these 1: --limit N lists more.\n');
  });

  it('stats shows how much is stored', async () => {
    const one = await desk();
    await publish(one, 'lamp');
    expect((await asking(one)('stats')).out).to.match(/^publications +1$/m).and.to.match(/^memory +[\d.]+ [KM]iB of [\d.]+ [MG]iB/m);
  });

  it('show shows an address: what is published with its body, who watches, and what they are sent', async () => {
    const one = await watched();
    const { out, code } = await asking(one)('show', 'sip:lamp@example.com');
    expect(out).to.match(/^sip:lamp@example\.com\n\nPublished \(1\)\n {2}nkpublish, text\/plain, 13 B, \d+ min \d\d s left/);
    expect(out).to.include('    | <b>on</b>\\x1b[2J\n').and.to.match(/Watching \(1\)\n {2}\S+, nkpublish, active, /).and.to.match(/What watchers are sent \(1\)/);
    expect(code).to.equal(0);
    expect(await asking(one)('show', 'sip:nobody@example.com')).to.include({ code: 2, out: '' });
  });

  it('watchers lists who watches, and kick ends a subscription, with the token only', async () => {
    const one = await watched();
    const ask = asking(one);
    const { out } = await ask('watchers', 'sip:lamp@example.com', '--json');
    const { id } = JSON.parse(out) as { readonly id: string };
    expect((await ask('watchers')).out).to.match(new RegExp(`^ID +WATCHER +ADDRESS +EVENT +STATE +FROM +NOTIFIES +LEFT\n${id} `));
    expect(await ask('kick', id)).to.include({ code: 2, out: '' });
    expect(await ask('kick', id, '--token', TOKEN)).to.deep.equal({ code: 0, out: `Ended: ${id}\n`, err: '' });
    expect((await ask('watchers')).err).to.equal('Nobody watches.\n');
  });

  it('rm removes a publication by the beginning of its tag, or all of an address', async () => {
    const one = await desk();
    const [first] = [await publish(one, 'lamp'), await publish(one, 'lamp'), await publish(one, 'lamp')];
    const ask = asking(one);
    expect((await ask('rm', 'sip:lamp@example.com', first.slice(0, -1), '--token', TOKEN)).out).to.equal(`Removed: sip:lamp@example.com, nkpublish, ${first}\n`);
    expect((await ask('rm', 'sip:lamp@example.com', 'none', '--token', TOKEN)).err).to.match(/No publication of sip:lamp@example\.com has the entity-tag none/);
    expect((await ask('rm', 'sip:lamp@example.com', '--token', TOKEN)).out.split('\n')).to.have.length(3);
    expect((await ask('list')).err).to.equal('Nothing is published that fits.\n');
    expect((await ask('rm', 'sip:lamp@example.com', '--token', TOKEN)).err).to.equal('nksip-ts: Nothing is published for sip:lamp@example.com.\n');
  });

  it('without the token, with a wrong one, and where the server has none, a sentence says what to do; nothing is removed', async () => {
    const one = await desk();
    await publish(one, 'lamp');
    const remove = (...args: readonly string[]) => asking(one)('rm', 'sip:lamp@example.com', ...args);
    expect(await remove()).to.deep.equal({ code: 2, out: '', err: 'nksip-ts: The server wants a token: put the value of its sip_admin_token into the environment variable NKSIP_TS_SIP_ADMIN_TOKEN, or into a file for --token-file.\n' });
    expect((await remove('--token', 'wrong')).err).to.match(/^nksip-ts: The token is not the one of the server at http:\/\/127\.0\.0\.1:\d+: it is the value of its option sip_admin_token\.\n$/);
    expect((await asking(one)('list')).out).to.include('sip:lamp@');
    const none = await desk({ sip_admin_token: undefined });
    await publish(none, 'lamp');
    expect((await asking(none)('rm', 'sip:lamp@example.com', '--token', 'x')).err).to.match(/^nksip-ts: .*sip_admin_token/);
  });

  it('the token comes from a file or the environment', async () => {
    const one = await desk();
    const file = join(temporaryFolder('token'), 'token');
    writeFileSync(file, `${TOKEN}\n`);
    await publish(one, 'lamp');
    expect((await asking(one)('rm', 'sip:lamp@example.com', '--token-file', file)).code).to.equal(0);
    await publish(one, 'lamp');
    sinon.stub(process, 'env').value({ ...process.env, NKSIP_TS_SIP_ADMIN_TOKEN: TOKEN });
    expect((await asking(one)('rm', 'sip:lamp@example.com')).code).to.equal(0);
  });

  it('CWE-150 what strangers wrote has no control characters, in lines and in JSON', async () => {
    const url = await elsewhere((server) => server.on('request', (_, response) => response.end(JSON.stringify({ items: [{ uri: 'sip:\u001b[2J\u0007\u009b1m\u202e@x', event: 'a\nb', tag: '<img>' }], next: null }))));
    const { out } = await run('list', '--url', url);
    expect(out.split('\n')[1]).to.match(/^sip:\\x1b\[2J\\x07\\x9b1m\\u202e@x +a\\nb +<img>/);
    const json = await run('list', '--url', url, '--json');
    expect(json.out).to.match(/^[ -~]+\n$/);
    expect(JSON.parse(json.out)).to.include({ uri: 'sip:\u001b[2J\u0007\u009b1m\u202e@x' });
  });

  it('without a server, they say so and how to have one, and exit with 3', async () => {
    const { port } = await new Promise<AddressInfo>((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => { const at = server.address() as AddressInfo; server.close(() => resolve(at)); });
    });
    for (const command of [['ps'], ['list'], ['stats'], ['top'], ['watchers'], ['show', 'sip:a@b'], ['rm', 'sip:a@b'], ['kick', '1']]) {
      const { code, out, err } = await run(...command, '--url', `http://127.0.0.1:${port}`);
      expect({ code, out }).to.deep.equal({ code: 3, out: '' });
      expect(err).to.match(/^nksip-ts: No server answers at http:\/\/127\.0\.0\.1:\d+\. Is 'nksip-ts serve --admin' running, and /);
    }
  });

  it('of another program at that port, they say that it is no admin API', async () => {
    const html = await elsewhere((server) => server.on('request', (_, response) => response.end('<html>')));
    expect(await run('ps', '--url', html)).to.include({ code: 2, err: `nksip-ts: What answers at ${html} is not the admin API of nksip-ts.\n` });
  });

  it('CWE-522 a token goes nowhere else: a redirection is not followed', async () => {
    const seen: string[] = [];
    const thief = await elsewhere((server) => server.on('request', (request, response) => { seen.push(String(request.headers.authorization)); response.end('{}'); }));
    const url = await elsewhere((server) => server.on('request', (_, response) => { response.writeHead(307, { Location: `${thief}/` }); response.end(); }));
    expect((await run('ps', '--url', url, '--token', 'secret')).code).to.equal(3);
    expect(seen).to.deep.equal([]);
  });

  /** In a terminal, until these keys are pressed or that signal comes. All that the terminal got. */
  async function topIn(url: string, end: (child: ReturnType<typeof spawn>) => void): Promise<string> {
    const bin = new URL('../../packages/cli/bin/nksip-ts.js', import.meta.url).pathname;
    const child = spawn('script', ['-qec', `exec ${process.execPath} ${bin} top --url ${url}`, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
    later(() => child.kill('SIGKILL'));
    let out = '';
    let isEnded = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      if (isEnded || !out.includes('q ends this')) return;
      isEnded = true;
      end(child);
    });
    const [code] = await once(child, 'close') as [number | null];
    expect(code).to.equal(0);
    return out;
  }

  it('top has a page of the terminal for itself, and gives it back when q or Ctrl-C is pressed', async function () {
    requireTool(this, 'script', 'bsdutils');
    const one = await desk();
    for (const key of ['q', '\x03']) {
      const out = await topIn(one.url, (child) => child.stdin?.write(key));
      expect(out).to.match(/^\x1b\[\?1049h\x1b\[\?25l\x1b\[H/).and.to.match(/\x1b\[\?25h\x1b\[\?1049l$/);
      expect(out).to.include(one.service.id).and.to.include('The last refusals');
    }
  });

  it('top prints once where there is no terminal', async () => {
    const one = await desk();
    const { out, code } = await asking(one)('top');
    expect(out).to.match(/^\S+ 0\.1\.0, up \d+ s, sip:127/).and.to.not.include('\x1b');
    expect(code).to.equal(0);
  });

  for (const [args, sentence] of [
    [['list', 'alice@example.com'], "'alice@example.com' is not a SIP URI. Did you mean 'sip:alice@example.com'?"],
    [['list', '--limit', '0'], "--limit wants a number from 1 to 9999999, not '0'."],
    [['list', '--url', 'localhost'], "--url wants a URL such as http://127.0.0.1:8088, not 'localhost'."],
    [['list', '--url', 'http://a:b@localhost'], '--url has no user and no password: a token goes into --token-file.'],
    [['ps', 'x'], "'x' is one argument too many: ps takes options only."],
    [['kick'], "Say whose subscription is to end: nksip-ts kick ID. 'nksip-ts watchers' shows the IDs."],
    [['rm', 'sip:a@b', 'tag', 'x'], "'x' is one argument too many."],
    [['list', '--addresses', '--registrations'], '--addresses and --registrations list different things: leave one out.'],
    [['list', '--registrations', '--event', 'x'], '--event is for publications: leave --registrations out, or --event.'],
    [['top', '--interval', 'x'], "--interval wants a number of seconds from 1 to 9999, not 'x'."],
    [['ps', '--token', 'a', '--token-file', 'b'], '--token and --token-file say the same thing: leave one of them out.'],
    [['ps', '--token-file', '/nowhere'], "The file '/nowhere' of --token-file cannot be read: ENOENT."],
    [['ps', '--token', 'a\u00e4'], 'A token has no blanks and none but ASCII characters in it.'],
  ] as const) {
    it(`${args.join(' ')}: ${sentence}`, async () => {
      expect(await run(...args)).to.deep.equal({ code: 1, out: '', err: `nksip-ts: ${sentence}\n` });
    });
  }
});
