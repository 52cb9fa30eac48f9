import { expect } from 'chai';
import { responseTo, type MessageText } from '../kit/received-text.ts';
import { Inbox } from '../wire/peers.ts';
import { udpPeer, type Peer } from '../uac/scripted-peer.ts';
import { Command, run } from './command.js';

/** A server that says to each request what a test has it say. */
async function scripted(answer: (request: MessageText, count: number) => readonly [status: string, ...headers: string[]]): Promise<{ readonly peer: Peer; next(): Promise<string> }> {
  const came = new Inbox();
  const peer = await udpPeer((request, count) => {
    came.put(request.text);
    const [status, ...headers] = answer(request, count);
    return responseTo(request, status, headers);
  });
  return { peer, next: () => came.next() };
}

describe('nksip-ts publish --keep', function () {
  this.timeout(60_000);

  const publish = (uri: string, ...more: readonly string[]): readonly string[] => ['publish', uri, '--event', 'nkpublish', ...more];

  it('RFC 3903 4.5 publishes at a server of the command, and removes it at Ctrl-C', async () => {
    await using server = new Command('serve', '--listen', 'sip:127.0.0.1:0', '--set', 'log_level=info');
    const [, port] = await server.printed(/ready on sip:127\.0\.0\.1:(\d+)/);
    const uri = `sip:lamp@127.0.0.1:${port}`;
    const state = async (): Promise<string> => (await run('watch', uri, '--event', 'nkpublish', '--once', '--raw')).out;
    await using keeping = new Command(...publish(uri, '--body', 'lit', '--expires', '600', '--keep'));
    await keeping.printed(/^200 OK\nSIP-ETag: \S+\nExpires: 600\n/);
    expect(await state()).to.equal('lit');
    keeping.signal('SIGINT');
    const { code, err } = await keeping.finished();
    expect([code, err]).to.deep.equal([0, 'Removing the publication.\n']);
    expect(await state()).to.equal('');
  });

  it('B05 B11 is refreshed with its tag, and published anew with its body when the server has lost it', async () => {
    const { peer, next } = await scripted((_, count) => count === 2 ? ['412 Conditional Request Failed'] : ['200 OK', `SIP-ETag: t${count}`, 'Expires: 2']);
    await using keeping = new Command(...publish(`sip:lamp@127.0.0.1:${peer.port}`, '--body', 'lit', '--keep'));
    for (let count = 0; count < 4; count++) await next();
    keeping.signal('SIGTERM');
    const { code, out } = await keeping.finished();
    await peer.close();
    expect([code, out]).to.deep.equal([0, '200 OK\nSIP-ETag: t1\nExpires: 2\n']);
    expect(peer.requests.slice(0, 4).map((request) => [request.all('SIP-If-Match').join(), request.body])).to.deep.equal([['', 'lit'], ['t1', ''], ['', 'lit'], ['t3', '']]);
    expect([peer.requests.at(-1)?.one('Expires'), peer.requests.at(-1)?.one('SIP-If-Match')]).to.deep.equal(['0', 't4']);
  });

  it('B16 B17 tells what fails, tries again, and ends with the exit code of what refuses it for good', async () => {
    const answers = [['200 OK', 'SIP-ETag: a', 'Expires: 2'], ['503 Service Unavailable', 'Retry-After: 1'], ['200 OK', 'SIP-ETag: b', 'Expires: 2'], ['403 Forbidden']] as const;
    const { peer } = await scripted((_, count) => answers[count - 1] ?? ['500 Too Many']);
    const { code, out, err } = await run(...publish(`sip:lamp@127.0.0.1:${peer.port}`, '--body', 'lit', '--keep'));
    await peer.close();
    expect([code, out, err]).to.deep.equal([2, '200 OK\nSIP-ETag: a\nExpires: 2\n503 Service Unavailable\nRetry-After: 1\n200 OK\nSIP-ETag: b\nExpires: 2\n403 Forbidden\n', 'Trying again in 1 second.\n']);
  });

  it('ends at once if the first request fails, and refuses what cannot be kept', async () => {
    const { code, out } = await run(...publish('sip:lamp@127.0.0.1:1;transport=tcp', '--body', 'lit', '--keep'));
    expect([code, out.slice(0, 3)]).to.deep.equal([3, '503']);
    for (const [args, told] of [[['--if-match', 'tag'], '--keep wants --body'], [['--body', 'lit', '--expires', '0'], '--keep wants something to keep']] as const) {
      const refused = await run(...publish('sip:lamp@127.0.0.1:9', '--keep', ...args));
      expect([refused.code, refused.err.includes(told)]).to.deep.equal([1, true]);
    }
  });
});
