import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { Command, run } from './command.js';

const arguments_ = ['serve', '--listen', 'sip:127.0.0.1:0', '--log-level', 'warn'];

async function portOf(server: Command): Promise<string> {
  return (await server.printed(/ready on sip:127\.0\.0\.1:(\d+)/))[1] ?? '';
}

describe('nksip-ts watch', function () {
  this.timeout(60_000);
  let server: Command;
  let alice: string;

  before(async () => {
    server = new Command(...arguments_);
    alice = `sip:alice@127.0.0.1:${await portOf(server)}`;
  });

  after(() => server[Symbol.asyncDispose]());

  const publish = (...more: readonly string[]) => run('publish', alice, '--event', 'nkpublish', ...more);

  it('prints what is published elsewhere, as it changes, and ends its subscription on Ctrl-C', async () => {
    await using watch = new Command('watch', alice, '--event', 'nkpublish');
    await watch.printed(/^Subscription-State: active;expires=600\n\n/);
    const published = await publish('--body', 'sunny');
    await watch.printed(/\nSubscription-State: active;expires=\d+\nContent-Type: text\/plain\n\nsunny\n\n/);
    const [, tag = ''] = /^SIP-ETag: (.*)$/m.exec(published.out) ?? [];
    await publish('--if-match', tag, '--body', 'rainy\u001b[31m');
    // What strangers wrote is never printed raw.
    await watch.printed(/\n\nrainy[^\n]{2,6}\[31m\n\n/);
    watch.signal('SIGINT');
    const { code, out, err } = await watch.finished();
    expect([code, err]).to.deep.equal([0, '']);
    expect(out).to.match(/\nSubscription-State: terminated;reason=timeout\nContent-Type: text\/plain\n\nrainy[^\n]*\n\n$/);
  });

  it('C19 --once prints the state once; with --raw the document alone, byte for byte', async () => {
    const { code, out, err } = await run('watch', alice, '--event', 'presence', '--once', '--raw');
    expect([code, err]).to.deep.equal([0, '']);
    expect(out).to.match(/^<\?xml [^]*<basic>closed<\/basic>[^]*<\/presence>\s*$/);
  });

  it('tells what the server refuses, and what a person may do', async () => {
    const unknown = await run('watch', alice, '--event', 'weather');
    expect([unknown.code, unknown.out]).to.deep.equal([2, '489 Event Package Not Served\nAllow-Events: presence, dialog, message-summary, nkpublish\n']);
    const accept = await run('watch', alice, '--event', 'presence', '--accept', 'text/plain');
    expect([accept.code, accept.out.split('\n')[0]]).to.deep.equal([2, '406 Not Acceptable']);
    const nothing = await run('watch', alice);
    expect([nothing.code, nothing.err]).to.deep.equal([1, 'nksip-ts: watch wants --event, for example --event presence.\n']);
  });

  it('C59 a server that stops says so, and the watch ends with the reason', async () => {
    const other = new Command(...arguments_);
    await using watch = new Command('watch', `sip:alice@127.0.0.1:${await portOf(other)}`, '--event', 'presence');
    await watch.printed(/^Subscription-State: active/);
    other.signal('SIGTERM');
    const { code, err } = await watch.finished();
    expect([code, err]).to.deep.equal([2, 'nksip-ts: the subscription ended: deactivated.\n']);
    await other[Symbol.asyncDispose]();
  });
});

describe('nksip-ts serve with watchers', function () {
  this.timeout(60_000);

  it('--no-watchers leaves the notifier out: SUBSCRIBE is 405', async () => {
    await using server = new Command(...arguments_, '--no-watchers');
    const { code, out } = await run('watch', `sip:alice@127.0.0.1:${await portOf(server)}`, '--event', 'presence');
    expect([code, out.split('\n')[0]]).to.deep.equal([2, '405 Method Not Allowed']);
  });

  it('of this machine lets everybody watch; others wait for a decision (RFC 3856 6.6.2)', async () => {
    await using open = new Command('serve', '--listen', 'sip:0.0.0.0:0', '--log-level', 'warn');
    const [, port = ''] = await open.printed(/ready on sip:0\.0\.0\.0:(\d+)/);
    await using watch = new Command('watch', `sip:alice@127.0.0.1:${port}`, '--event', 'presence');
    await watch.printed(/^Subscription-State: pending;expires=600\n/);
    await open.told('a watcher is pending, and sees nothing, until a program decides. To let everybody watch: --set sip_event_notifier_default_decision=allow\n');
    watch.signal('SIGINT');
    expect((await watch.finished()).code).to.equal(0);
  });

  it('--workers 2 leaves the notifier out and says so; a configuration that names it is refused: one process notifies, and has the refreshes (kamailio 2739, kamailio 4252, kazoo PR 6748)', async () => {
    const folder = temporaryFolder();
    try {
      const config = join(folder, 'server.json');
      await writeFile(config, JSON.stringify({ plugins: ['event-compositor', 'event-notifier'], sip_events: 'presence', sip_listen: 'sip:127.0.0.1:0' }));
      const refused = await run('serve', '--config', config, '--workers', '2');
      expect(refused.code).to.equal(1);
      expect(refused.err).to.equal("nksip-ts: The plugin 'event-notifier' needs one process: leave it out of 'plugins', or leave --workers out.\n");
      const stored = ['--set', 'plugins=event-compositor,event-store-lmdb', '--set', `sip_event_store_lmdb_path=${join(folder, 'lmdb')}`];
      await using server = new Command('serve', '--workers', '2', '--listen', 'sip:127.0.0.1:0', ...stored);
      await server.printed(/With several workers nobody can subscribe: the plugin event-notifier, which needs one process, is left out\.\n/);
      server.signal('SIGTERM');
      expect((await server.finished()).code).to.equal(0);
    } finally {
      removeFolder(folder);
    }
  });
});
