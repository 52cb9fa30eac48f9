import { expect } from 'chai';
import { responseTo } from '../kit/received-text.ts';
import { udpPeer } from '../uac/scripted-peer.ts';
import { Command, run } from './command.js';

describe('nksip-ts register', function () {
  this.timeout(60_000);

  describe('at a server of the command', () => {
    let server: Command;
    let uri: string;

    before(async () => {
      server = new Command('serve', '--listen', 'sip:127.0.0.1:0');
      const [, port] = await server.printed(/ready on sip:127\.0\.0\.1:(\d+)/);
      uri = `sip:alice@127.0.0.1:${port}`;
    });
    after(() => server[Symbol.asyncDispose]());

    it('registers a contact, asks what is registered, and removes it', async () => {
      const registered = await run('register', uri, '--contact', 'sip:alice@192.0.2.1', '--expires', '600');
      expect([registered.code, registered.out]).to.deep.equal([0, '200 OK\nContact: <sip:alice@192.0.2.1>;expires=600\n']);
      expect((await run('register', uri, '--query')).out).to.match(/^200 OK\nContact: <sip:alice@192\.0\.2\.1>;expires=[56]\d\d\n$/);
      expect((await run('register', uri, '--contact', '*', '--expires', '0')).out).to.equal('200 OK\n');
      expect((await run('register', uri, '--query')).out).to.equal('200 OK\n');
    });

    it('tells what a 423 asks for, and has an exit code for it', async () => {
      const { code, out } = await run('register', uri, '--expires', '5');
      expect([code, out]).to.deep.equal([2, '423 Interval Too Brief\nMin-Expires: 60\n']);
    });

    it('RFC 3261 10.2.2 --keep removes its contact at the end', async () => {
      await using keeping = new Command('register', uri, '--contact', 'sip:alice@192.0.2.7', '--keep');
      await keeping.printed(/^200 OK\n/);
      expect((await run('register', uri, '--query')).out).to.include('192.0.2.7');
      keeping.signal('SIGINT');
      expect((await keeping.finished()).code).to.equal(0);
      expect((await run('register', uri, '--query')).out).to.equal('200 OK\n');
    });
  });

  it('RFC 3261 10.2.4 --keep registers again before the time is over, and not faster than once a second', async () => {
    const peer = await udpPeer((request) => responseTo(request, '200 OK', [`Contact: ${request.one('Contact')};expires=2`]));
    await using keeping = new Command('register', `sip:alice@127.0.0.1:${peer.port}`, '--keep');
    const times: number[] = [];
    for (const end = performance.now() + 20_000; times.length < 3 && performance.now() < end;) {
      if (peer.requests.length > times.length) times.push(performance.now());
      await new Promise((done) => { setTimeout(done, 5); });
    }
    keeping.signal('SIGINT');
    await keeping.finished();
    await peer.close();
    expect(times).to.have.length(3);
    for (const [index, time] of times.entries()) if (index > 0) expect(time - (times[index - 1] ?? 0)).to.be.within(1000, 1990);
    expect(peer.requests.at(-1)?.one('Expires')).to.equal('0');
  });

  it('refuses what contradicts itself', async () => {
    for (const [args, told] of [
      [['--query', '--expires', '60'], '--query registers nothing'], [['--contact', '*'], "--contact '*' wants --expires 0"], [['--keep', '--query'], '--keep wants a contact to keep'],
    ] as const) {
      const { code, err } = await run('register', 'sip:alice@127.0.0.1:9', ...args);
      expect([code, err.includes(told)]).to.deep.equal([1, true]);
    }
  });

  it('serve --no-registrar refuses REGISTER', async () => {
    await using server = new Command('serve', '--listen', 'sip:127.0.0.1:0', '--no-registrar');
    const [, port] = await server.printed(/ready on sip:127\.0\.0\.1:(\d+)/);
    const { code, out } = await run('register', `sip:alice@127.0.0.1:${port}`);
    expect([code, out.split('\n')[0]]).to.deep.equal([2, '405 Method Not Allowed']);
  });
});
