import { expect } from 'chai';
import { Directories } from '../event-store-lmdb/directories.ts';
import { StreamPeer, UdpPeer } from '../wire/peers.ts';
import { fresh, publishText } from '../wire/request-text.ts';
import { run } from './command.ts';
import { sharing, WorkerServer } from './worker-server.ts';

const body = { headers: ['Content-Type: text/plain'], body: 'hello' };

/** A request of a user of its own, so that its lines in the log can be told from others. */
function publishOf(user: string, parts: Parameters<typeof publishText>[0] = {}): string {
  const address = `<sip:${user}@example.com>`;
  const via = [`SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK${fresh('branch')}`];
  return publishText({ uri: `sip:${user}@example.com`, from: `${address};tag=a1`, to: address, via, ...body, ...parts });
}

describe('serve with several workers', function () {
  this.timeout(60_000);
  const directories = new Directories();

  describe('that share the work', () => {
    let server: WorkerServer;
    const peers: StreamPeer[] = [];

    /** Over a connection each; the primary gives connections to the workers in turn. */
    async function twoPeers(): Promise<readonly [StreamPeer, StreamPeer]> {
      const two = [await StreamPeer.open(server.port('tcp')), await StreamPeer.open(server.port('tcp'))] as const;
      peers.push(...two);
      return two;
    }

    before(async () => {
      server = await WorkerServer.start(directories);
    });

    afterEach(() => {
      for (const peer of peers.splice(0)) peer.close();
    });

    after(async () => {
      await server[Symbol.asyncDispose]();
      await directories.remove();
    });

    it('prints one ready line when all listen, on one port', () => {
      expect(server.out.match(/is ready/g)).to.have.length(1);
      expect([...server.processes.keys()].sort()).to.deep.equal([1, 2]);
      expect(server.port('udp')).to.equal(server.port('tcp')).and.to.be.above(0);
    });

    it('D03 answers a retransmission that reaches the other worker with the same 200, and stores it once', async () => {
      const [one, other] = await twoPeers();
      const user = fresh('repeat');
      const initial = publishOf(user, { expires: 600 });
      const first = await one.ask(initial);
      expect((await other.ask(initial)).one('SIP-ETag')).to.equal(first.one('SIP-ETag'));
      const change = publishOf(user, { expires: 600, etag: first.one('SIP-ETag'), body: 'changed' });
      const second = await one.ask(change);
      expect((await other.ask(change)).one('SIP-ETag')).to.equal(second.one('SIP-ETag')).and.not.to.equal(first.one('SIP-ETag'));
      const [answerer, repeater] = await server.answerers(user, 4);
      expect(await server.answerers(user, 4)).to.deep.equal([answerer, repeater, answerer, repeater]);
      expect(answerer).not.to.equal(repeater);
      expect((await server.stored(user)).map(({ tag }) => tag)).to.deep.equal([second.one('SIP-ETag')]);
    });

    it('D03 answers it with the same 200 over UDP, where any worker may have it', async () => {
      const peer = await UdpPeer.open(server.port());
      const user = fresh('datagram');
      const request = publishOf(user, { expires: 600 });
      const tags: string[] = [];
      for (const worker of server.processes.keys()) {
        await server.withoutOthers(worker, async () => { tags.push((await peer.ask(request)).one('SIP-ETag')); });
      }
      peer.close();
      expect(await server.answerers(user, 2)).to.deep.equal([...server.processes.keys()]);
      expect(new Set(tags).size).to.equal(1);
      expect((await server.stored(user)).map(({ tag }) => tag)).to.deep.equal([tags[0]]);
    });
  });

  const refused: readonly [string, readonly string[], RegExp][] = [
    ['a store in the memory of a process', ['--set', 'sip_event_compositor_etag=renew'], /need a store that they share.*--set plugins=.*leave out --workers/],
    ["tags that stay ('keep')", sharing('PATH').slice(0, -2), /need entity-tags that change.*--set sip_event_compositor_etag=renew/],
  ];
  for (const [what, args, sentence] of refused) {
    it(`refuse ${what} in one sentence, exit code 1`, async () => {
      const path = directories.make();
      const { code, out, err } = await run('serve', '--workers', '2', '--listen', 'sip:127.0.0.1:0', ...args.map((arg) => arg.replace('PATH', path)));
      await directories.remove();
      expect(err).to.match(sentence).and.to.match(/^nksip-ts: [^\n]+\n$/);
      expect({ code, out }).to.deep.equal({ code: 1, out: '' });
    });
  }
});
