import { writeFile } from 'node:fs/promises';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect } from 'chai';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { Command, run } from './command.js';
import { RunsInTurn } from './runs-in-turn.ts';

const anyPort = ['--listen', 'sip:127.0.0.1:0'];

/** One sentence and no stack trace. */
function expectSentence(err: string, pattern: RegExp): void {
  expect(err).to.match(pattern).and.to.match(/^nksip-ts: [^\n]+\n$/);
}

describe('the command', function () {
  this.timeout(30_000);

  describe('serve and publish', () => {
    let server: Command;
    let uri: string;

    before(async () => {
      server = new Command('serve', ...anyPort);
      const [, port] = await server.printed(/is ready on sip:127\.0\.0\.1:(\d+);/);
      uri = `sip:alice@127.0.0.1:${port}`;
    });

    after(async () => {
      await server[Symbol.asyncDispose]();
    });

    it('prints one ready line: addresses, how to publish', () => {
      const [line, ...rest] = server.out.split('\n').filter((text) => !/ info /.test(text));
      expect(rest).to.deep.equal(['']);
      expect(line).to.match(/transport=udp, sip:.*transport=tcp/).and.to.include(`npx nksip-ts publish ${uri} --event nkpublish --body hello`).and.not.to.include('--listen');
    });

    it('does the four kinds of PUBLISH: initial, refresh, modify, remove; exit code 0', async () => {
      const first = await run('publish', uri, '--event', 'nkpublish', '--body', 'hello', '--expires', '60');
      expect(first.code, first.err).to.equal(0);
      const tag = /SIP-ETag: (\S+)/.exec(first.out)?.[1] ?? '';
      expect(first.out).to.match(/^200 OK\n/).and.to.include('Expires: 60');
      for (const more of [['--expires', '30'], ['--body', 'again'], ['--expires', '0']]) {
        const next = await run('publish', uri, '--event', 'nkpublish', '--if-match', tag, ...more);
        expect(next.code, next.out + next.err).to.equal(0);
      }
      const gone = await run('publish', uri, '--event', 'nkpublish', '--if-match', tag);
      expect(gone.out).to.match(/^412 /);
      expect(gone.code).to.equal(2);
    });

    it('prints one line a PUBLISH at info level, with its sender', async () => {
      await run('publish', uri.replace('alice', 'line'), '--event', 'nkpublish', '--body', 'x');
      const lines = server.out.split('\n').filter((line) => line.includes('sip:line@'));
      expect(lines).to.have.length(1);
      expect(lines[0]).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info {2}PUBLISH sip:line@127\.0\.0\.1:\d+ 200 OK event=nkpublish kind=initial tag=[0-9a-f]{8} expires=60 from udp:127\.0\.0\.1:\d+$/);
    });

    it('reads a body from a file', async () => {
      const folder = temporaryFolder();
      await writeFile(join(folder, 'body'), Buffer.from([0, 1, 255]));
      const { code, out } = await run('publish', uri, '--event', 'nkpublish', '--body', `@${join(folder, 'body')}`, '--content-type', 'application/octet-stream');
      removeFolder(folder);
      expect(code, out).to.equal(0);
    });

    it('answers a refusal with what would be right and exit code 2', async () => {
      const { code, out } = await run('publish', uri, '--event', 'nosuch', '--body', 'x');
      expect(out).to.match(/^489 /).and.to.include('Allow-Events: presence, dialog, message-summary, nkpublish');
      expect(code).to.equal(2);
    });

    it('A32 options tells what the server can do', async () => {
      const { code, out } = await run('options', uri);
      expect(out).to.include('Allow: OPTIONS, PUBLISH').and.to.include('Allow-Events: presence');
      expect(code).to.equal(0);
    });

    it('refuses an occupied port in one sentence, exit code 1', async () => {
      const { code, err } = await run('serve', '--listen', uri.replace('alice@', ''));
      expectSentence(err, /in use.*Say where with --listen, for example --listen sip:127\.0\.0\.1:5070\.$/m);
      expect(code).to.equal(1);
    });
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`closes cleanly on ${signal} within 2 seconds`, async () => {
      await using server = new Command('serve', ...anyPort);
      await server.printed(/ready/);
      const began = Date.now();
      server.signal(signal);
      const { code, out, err } = await server.finished();
      expect(code, err).to.equal(0);
      expect(out).to.match(new RegExp(`\\dZ info  Stopping: ${signal} came\\.\n\\S+Z info  Stopped\\.\n$`));
      expect(Date.now() - began).to.be.below(2_000);
    });
  }

  it('logs lines of JSON with --log-format json, the ready line among them', async () => {
    await using server = new Command('serve', ...anyPort, '--log-format', 'json');
    const [, address = ''] = await server.printed(/ready on (sip:127\.0\.0\.1:\d+)/);
    await run('options', address);
    server.signal('SIGTERM');
    const { out } = await server.finished();
    const entries = out.trimEnd().split('\n').map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    expect(entries.map(({ level, service }) => [level, service])).to.deep.equal(entries.map(() => ['info', 'nksip-ts']));
    expect(entries.map(({ message }) => String(message).replace(/[: ].*/, ''))).to.deep.equal(['nksip-ts', 'OPTIONS', 'Stopping', 'Stopped.']);
    expect(entries[1]?.['from']).to.match(/^udp:127\.0\.0\.1:\d+$/);
  });

  it('raises the level for --trace', async () => {
    await using server = new Command('serve', ...anyPort, '--set', 'log_level=warn', '--trace');
    const [, address = ''] = await server.printed(/ready on (sip:127\.0\.0\.1:\d+)/);
    await run('options', address);
    const [, method] = await server.printed(/received from udp[^\n]*\n {4}(\w+) sip:/);
    expect(method).to.equal('OPTIONS');
  });

  it('answers nothing heard with exit code 3', async () => {
    const deaf = createSocket('udp4').bind(0, '127.0.0.1');
    await once(deaf, 'listening');
    const { code, out } = await run('publish', `sip:a@127.0.0.1:${deaf.address().port}`, '--event', 'nkpublish', '--body', 'x', '--timeout', '1');
    deaf.close();
    expect(out).to.match(/^408 /);
    expect(code).to.equal(3);
  });

  describe('config files', () => {
    let folder: string;
    const file = async (name: string, text: string): Promise<string> => {
      await writeFile(join(folder, name), text);
      return join(folder, name);
    };

    before(async () => {
      folder = temporaryFolder();
    });

    after(async () => {
      removeFolder(folder);
    });

    it('takes options from a .json file; the command line goes before them', async () => {
      const config = await file('a.json', JSON.stringify({ sip_listen: 'sip:127.0.0.1:0', sip_events: 'dialog', sip_event_compositor_default_expires: 7 }));
      await using server = new Command('serve', '--config', config, '--events', 'nkpublish');
      const [, address] = await server.printed(/ready on (sip:127\.0\.0\.1:\d+)/);
      const { out } = await run('publish', (address ?? '').replace('sip:', 'sip:u@'), '--event', 'nkpublish', '--body', 'x');
      expect(out).to.include('Expires: 7');
    });

    it('takes name, options and callbacks from an .mjs module', async () => {
      const config = await file('b.mjs', `export const name = 'mine';
        export const options = { sip_listen: 'sip:127.0.0.1:0' };
        export const module = { sip_publish: (req) => req.ruri.user === 'alice' ? 'continue' : ['reply', 'forbidden'] };`);
      await using server = new Command('serve', '--config', config);
      const [, address] = await server.printed(/mine is ready on (sip:127\.0\.0\.1:\d+)/);
      const codeFor = async (user: string): Promise<number | null> => (await run('publish', (address ?? '').replace('sip:', `sip:${user}@`), '--event', 'nkpublish', '--body', 'x')).code;
      expect(await codeFor('alice')).to.equal(0);
      expect(await codeFor('bob')).to.equal(2);
    });

    it('tells when and why an error that nobody caught ends it, exit code 1', async () => {
      const config = await file('c.mjs', `export const options = { sip_listen: 'sip:127.0.0.1:0' };
        export const module = { sip_options: () => { setTimeout(() => { throw new Error('no database'); }, 20); return 'continue'; } };`);
      await using server = new Command('serve', '--config', config);
      const [, address = ''] = await server.printed(/ready on (sip:127\.0\.0\.1:\d+)/);
      await run('options', address);
      const { code, err } = await server.finished();
      expect(err).to.match(/^\S+Z error The process ends: an error was thrown and nobody caught it: no database\n/);
      expect(code).to.equal(1);
    });

    it('takes any option by --set', async () => {
      await using server = new Command('serve', ...anyPort, '--set', 'sip_event_compositor_min_expires=60', '--set', 'sip_event_compositor_etag=renew');
      const [, address] = await server.printed(/ready on (sip:127\.0\.0\.1:\d+)/);
      const { out } = await run('publish', (address ?? '').replace('sip:', 'sip:u@'), '--event', 'nkpublish', '--body', 'x', '--expires', '5');
      expect(out).to.match(/^423 /).and.to.include('Min-Expires: 60');
    });
  });

  const misuses: readonly [string, readonly string[], RegExp][] = [
    ['an unknown command', ['srve'], /no command 'srve'. Did you mean 'serve'\?/],
    ['an unknown flag', ['serve', '--lisen', 'sip:all'], /no --lisen. Did you mean --listen\?/],
    ['a flag without its value', ['serve', '--listen'], /--listen wants a value/],
    ['a value that looks like a flag', ['publish', 'sip:a@127.0.0.1', '--event', 'e', '--body', '-x'], /write '--body=-x'/],
    ['a negative number', ['publish', 'sip:a@127.0.0.1', '--event', 'e', '--expires', '-1'], /--expires wants a number of seconds, not '-1'/],
    ['a value for a flag without', ['serve', '--trace=yes'], /--trace takes no value/],
    ['a flag given twice', ['serve', ...anyPort, ...anyPort], /--listen is given twice: write its values with a comma between them\./],
    ['workers that are no number', ['serve', ...anyPort, '--workers', 'many'], /--workers wants a number from 1 to 256, or auto, not 'many'/],
    ['no workers', ['serve', ...anyPort, '--workers', '0'], /--workers wants a number from 1 to 256, or auto, not '0'/],
    ['--trace with a level that leaves it out', ['serve', ...anyPort, '--trace', '--log-level', 'warn'], /--trace.*--log-level warn/],
    ['a setting without its value', ['options', 'sip:a@127.0.0.1', '--set', 'tls_verify'], /NAME=VALUE, not 'tls_verify'/],
    ['a bad option', ['serve', ...anyPort, '--set', 'sip_event_compositor_default_expiry=1'], /Did you mean 'sip_event_compositor_default_expires'\?/],
    ['a bad value', ['serve', ...anyPort, '--set', 'sip_event_compositor_default_expires=soon'], /sip_event_compositor_default_expires/],
    ['a bad address', ['serve', '--listen', 'http://x'], /http/],
    ['an unknown plugin in a list', ['serve', '--set', 'plugins=event-compositor, nosuch'], /The plugin 'nosuch' is unknown/],
    ['a bad option of the client', ['options', 'sip:a@127.0.0.1', '--set', 'tls_cafil=x'], /Did you mean 'tls_cafile'\?/],
    ['a flag of one value given twice', ['serve', '--config', 'a.json', '--config', 'b.json'], /--config is given twice, and takes one value\.$/m],
    ['a flag and --set that say the same', ['serve', ...anyPort, '--set', 'sip_listen=sip:127.0.0.1:0'], /--listen and --set sip_listen=\.\.\. say the same thing: leave one of them out\.$/m],
    ['--trace and --set that says the same', ['serve', ...anyPort, '--trace', '--set', 'sip_trace=false'], /--trace and --set sip_trace=/],
    ['no event packages', ['serve', '--events', ''], /--events is empty: give it a value, or leave it out\.$/m],
    ['a tag that a script left empty', ['publish', 'sip:a@127.0.0.1', '--event', 'e', '--if-match='], /--if-match is empty/],
    ['a flag that others have', ['serve', '--port', '5070'], /There is no --port\. Did you mean --listen\?$/m],
    ['an option as a flag', ['serve', '--sip_trace'], /There is no --sip_trace\. An option of the service is given with --set sip_trace=VALUE\.$/m],
    ['the version of a command', ['serve', '--version'], /There is no --version\. Write nksip-ts --version\.$/m],
    ['version as a command', ['version'], /There is no command 'version'\. Did you mean '--version'\?$/m],
    ['a command that is like none', ['frobnicate'], /There is no command 'frobnicate'\. The commands are serve, check, publish, watch, register, options, store, passwd, ha1, ps, list, show, watchers, rm, kick, stats, top, completion, help\.$/m],
    ['a flag among the options', ['serve', ...anyPort, '--set', 'workers=2'], /The option 'workers' is unknown: it is a flag of the command line: --workers N\.$/m],
    ['an option that is like none', ['serve', ...anyPort, '--set', 'foo=1'], /The option 'foo' is unknown\. See docs\/options\.md and the pages of the plugins\.$/m],
    ['two addresses with a semicolon between', ['serve', '--listen', 'sip:127.0.0.1:0;sips:127.0.0.1:0'], /write a comma between two addresses\./],
    ['a port that is none', ['serve', '--listen', 'sip:127.0.0.1:99999'], /a port is at most 65535/],
    ['a URI whose port is none', ['options', 'sip:alice@127.0.0.1:99999'], /'sip:alice@127\.0\.0\.1:99999' is not a SIP URI: a port is at most 65535\./],
    ['a proxy whose port is none', ['options', 'sip:a@b', '--proxy', 'sip:127.0.0.1:99999'], /--proxy cannot be 'sip:127\.0\.0\.1:99999': a port is at most 65535\.$/m],
    ['a PUBLISH of nothing', ['publish', 'sip:a@127.0.0.1', '--event', 'e'], /publish wants --body with what to publish, or --if-match TAG for what was published before\.$/m],
    ['a body file in no folder', ['publish', 'sip:a@127.0.0.1', '--event', 'e', '--body', '@/nowhere/b'], /The file '\/nowhere\/b' of --body cannot be read: there is no folder '\/nowhere'\.$/m],
    ['a folder as a body', ['publish', 'sip:a@127.0.0.1', '--event', 'e', '--body', '@/tmp'], /cannot be read: it is a folder\.$/m],
    ['a store task with a slip', ['store', 'exprt'], /store cannot 'exprt'\. Did you mean 'export'\?$/m],
    ['a file for store check', ['store', 'check', 'a.jsonl'], /check takes no file, such as 'a\.jsonl': it reads the store of --config or --set\.$/m],
    ['help about an unknown command', ['help', 'srve'], /Did you mean 'serve'\?/],
    ['a log format that is none', ['serve', ...anyPort, '--log-format', 'xml'], /--log-format wants text or json, not 'xml'/],
    ['an option of a plugin that is not listed', ['serve', ...anyPort, '--set', 'plugins=[]', '--set', 'sip_event_compositor_etag=renew'], /belongs to the plugin 'event-compositor': add it to 'plugins'/],
    ['an option of a plugin that nobody has loaded', ['serve', ...anyPort, '--set', 'sip_event_store_redis_url=redis://x'], /belongs to the plugin 'event-store-redis': add it to 'plugins'/],
    ['a flag in the place of an option', ['serve', ...anyPort, '--set', 'listen=sip:all'], /'listen' is unknown: write sip_listen, for example/],
    ['a missing file', ['serve', '--config', '/nowhere/a.json'], /'\/nowhere\/a.json' cannot be used: there is no such file/],
    ['a file that is no JSON', ['serve', '--config', 'README.md'], /\.json or \.mjs/],
    ['a folder for a file', ['serve', '--config', '/tmp'], /'\/tmp' cannot be used: it is a folder\.$/m],
    ['a URI without its scheme', ['publish', 'alice@127.0.0.1', '--event', 'presence'], /'alice@127\.0\.0\.1' is not a SIP URI\. Did you mean 'sip:alice@127\.0\.0\.1'\?/],
    ['a URI that is none', ['publish', 'alice', '--event', 'presence'], /'alice'/],
    ['a proxy that is no URI', ['options', 'sip:a@127.0.0.1', '--proxy', 'proxy.example.com'], /--proxy wants a SIP URI such as sip:proxy\.example\.com, not 'proxy\.example\.com'/],
    ['a proxy of another scheme', ['options', 'sip:a@127.0.0.1', '--proxy', 'tel:1'], /--proxy wants a SIP URI/],
    ['no event', ['publish', 'sip:a@127.0.0.1', '--body', 'x'], /--event/],
    ['no URI', ['options'], /sip:user@host/],
    ['an Expires that is no number', ['publish', 'sip:a@127.0.0.1', '--event', 'e', '--expires', 'soon'], /--expires/],
    ['a body file that is missing', ['publish', 'sip:a@127.0.0.1', '--event', 'e', '--body', '@/nowhere/b'], /\/nowhere\/b/],
  ];
  describe('that cannot do what it is told', () => {
    let runs: RunsInTurn;
    before(() => { runs = new RunsInTurn(); });
    after(() => runs[Symbol.asyncDispose]());

    for (const [what, args, sentence] of misuses) {
      it(`refuses ${what} in one sentence, exit code 1`, async () => {
        const { code, out, err } = await runs.run(...args);
        expectSentence(err, sentence);
        expect({ code, out }).to.deep.equal({ code: 1, out: '' });
      });
    }

    it('leaves nothing open that would keep its process from ending', async () => {
      expect(await runs.end()).to.deep.equal({ code: 0, out: '', err: '' });
    });
  });

  it('has the exit code of a misuse as that of its process', async () => {
    expect(await run('srve')).to.deep.equal({ code: 1, out: '', err: "nksip-ts: There is no command 'srve'. Did you mean 'serve'?\n" });
  });

  it('tells its version, and enough to start with --help', async () => {
    await using runs = new RunsInTurn();
    expect((await run('--version')).out).to.match(/^\d+\.\d+\.\d+\n$/);
    for (const command of ['serve', 'publish', 'options']) {
      expect((await runs.run('help', command)).out).to.equal((await runs.run(command, '--help')).out);
    }
    for (const args of [['--help'], ['help'], ['serve', '--help'], ['publish', '--help'], ['options', '--help']]) {
      const { code, out } = await runs.run(...args);
      expect(out).to.match(/^Usage: nksip-ts/);
      expect(code).to.equal(0);
    }
  });
});
