import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Authority } from '../kit/authority.ts';
import { responseTo } from '../kit/received-text.ts';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { tcpPeer, udpPeer } from '../uac/scripted-peer.ts';
import { Command, run } from './command.js';

const guarded = `
  export const options = { sip_listen: 'sip:127.0.0.1:0', sip_events: 'nkpublish', sip_domains: 'example.com' };
  export const module = {
    sip_authorize: (_authList, req) => req.digestUsers.size > 0 ? 'ok' : 'authenticate',
    sip_get_user_pass: (user) => user === 'bob' ? 'sesame of bob' : 'sesame',
  };`;

describe('the command as a client', function () {
  this.timeout(30_000);

  describe('of a server that wants a password', () => {
    let folder: string;
    let server: Command;
    let publish: readonly string[];

    before(async () => {
      folder = temporaryFolder();
      await writeFile(join(folder, 'guarded.mjs'), guarded);
      server = new Command('serve', '--config', join(folder, 'guarded.mjs'));
      const [, port] = await server.printed(/ready on sip:127\.0\.0\.1:(\d+)/);
      publish = ['publish', 'sip:alice@example.com', '--proxy', `sip:127.0.0.1:${port}`, '--event', 'nkpublish', '--body', 'x'];
    });

    after(async () => {
      await server[Symbol.asyncDispose]();
      removeFolder(folder);
    });

    it('is told how in the ready line, which works as it is printed with a user and a password in it', async () => {
      const [, command = ''] = /: npx nksip-ts ([^;]*)/.exec(server.out) ?? [];
      const { out, err } = await run(...command.trim().split(' ').map((word) => word === 'PASSWORD' ? 'sesame of bob' : word.replace('USER', 'bob')));
      expect(out, command + err).to.match(/^200 OK\n/);
    });

    it('is refused without one', async () => {
      const { code, out, err } = await run(...publish);
      expect(out).to.match(/^401 /);
      expect(err).to.match(/^nksip-ts: The server asks for the password of 'alice' \(realm [^)]+\): give it with --pass, or in the environment variable NKSIP_TS_PASS; --user names another user\.\n$/);
      expect(code).to.equal(2);
    });

    it('signs in as another user than that of From with --user', async () => {
      const signedIn = await run(...publish, '--user', 'bob', '--pass', 'sesame of bob');
      expect(signedIn.out, signedIn.err).to.match(/^200 OK\n/);
      expect((await run(...publish, '--pass', 'sesame of bob')).out).to.match(/^40[13] /);
      const { code, err } = await run(...publish, '--user', 'bob');
      expect([code, err]).to.deep.equal([1, 'nksip-ts: --user wants the password of that user, too: give it with --pass, or in the environment variable NKSIP_TS_PASS.\n']);
    });

    it('says that a password was not accepted, and whose', async () => {
      expect((await run(...publish, '--pass', 'wrong')).err).to.match(/^nksip-ts: The password of 'alice' was not accepted \(realm [^)]+\)\.\n$/);
      expect((await run(...publish, '--user', 'bob', '--pass', 'wrong')).err).to.match(/^nksip-ts: The password of 'bob' was not accepted/);
    });

    it('gives the one of --pass, or of NKSIP_TS_PASS', async () => {
      expect((await run(...publish, '--pass', 'sesame')).out).to.match(/^200 OK\n/);
      process.env['NKSIP_TS_PASS'] = 'sesame';
      try {
        expect((await run(...publish)).out).to.match(/^200 OK\n/);
        expect((await run(...publish, '--pass', 'wrong')).out).to.match(/^40[13] /);
      } finally {
        delete process.env['NKSIP_TS_PASS'];
      }
    });
  });

  it('RFC 3261 8.1.2: sends through --proxy, to whichever of its transports is told, what is for another host', async () => {
    for (const [peer, transport] of [[udpPeer, ''], [tcpPeer, ';transport=tcp']] as const) {
      const proxy = await peer((request) => responseTo(request, '200 OK', ['SIP-ETag: e', 'Expires: 60']));
      const through = ['publish', 'sip:alice@no-such-host.invalid', '--event', 'nkpublish', '--body', 'x', '--proxy'];
      for (const uri of [`sip:127.0.0.1:${proxy.port}${transport}`, `<sip:127.0.0.1:${proxy.port}${transport};lr>`]) {
        const { out, err } = await run(...through, uri);
        expect(out, err).to.match(/^200 OK\n/);
      }
      await proxy.close();
      for (const request of proxy.requests) {
        expect(request.startLine).to.equal('PUBLISH sip:alice@no-such-host.invalid SIP/2.0');
        expect(request.all('Route')).to.deep.equal([`<sip:127.0.0.1:${proxy.port}${transport};lr>`]);
      }
    }
  });

  it('says of a --proxy that is not there what it says of any server', async () => {
    const { code, out } = await run('options', 'sip:alice@example.com', '--proxy', 'sip:127.0.0.1:1;transport=tcp');
    expect(out).to.match(/^503 the request could not be sent\. tcp 127\.0\.0\.1:1 failed: [^\n]*\n$/);
    expect(code).to.equal(3);
  });

  for (const [name, headers] of [['no SIP-ETag', []], ['two of them', ['SIP-ETag: a', 'SIP-ETag: b']], ['one that is no token', ['SIP-ETag: "a b"']]] as const) {
    it(`RFC 3903 11.3.1: takes a 200 with ${name} for a failure, and says why`, async () => {
      const server = await udpPeer((request) => responseTo(request, '200 OK', headers));
      const { code, out, err } = await run('publish', `sip:alice@127.0.0.1:${server.port}`, '--event', 'presence', '--body', 'x');
      await server.close();
      expect(code).to.equal(2);
      expect(out).to.match(/^200 OK\n/);
      expect(err).to.match(/^nksip-ts: The response does not have exactly one SIP-ETag, as RFC 3903 requires: /);
    });
  }

  it('has the log of the server say which option is in the way of another domain', async () => {
    await using server = new Command('serve', '--listen', 'sip:127.0.0.1:0', '--set', 'sip_domains=example.com');
    const [, proxy = ''] = await server.printed(/ready on (sip:127\.0\.0\.1:\d+)/);
    expect((await run('options', 'sip:alice@elsewhere', '--proxy', proxy)).out).to.match(/^404 /);
    await server.printed(/OPTIONS sip:alice@elsewhere 404 Not Found option=sip_domains from udp:/);
  });

  it('says what to do about a 412, and prints no header that is empty', async () => {
    const peer = await udpPeer((request) => responseTo(request, '412 Conditional Request Failed', ['SIP-ETag:']));
    const { out, err } = await run('publish', `sip:a@127.0.0.1:${peer.port}`, '--event', 'e', '--if-match', 'gone');
    await peer.close();
    expect(out).to.equal('412 Conditional Request Failed\n');
    expect(err).to.equal('nksip-ts: The server has no publication with this SIP-ETag, or no longer: publish again without --if-match.\n');
  });

  it('says of a TLS port that TLS may be spoken there', async () => {
    await using server = new Command('serve', '--listen', 'sips:127.0.0.1:0');
    const [, port] = await server.printed(/ready on sips:127\.0\.0\.1:(\d+)/);
    const { err } = await run('options', `sip:127.0.0.1:${port};transport=tcp`);
    expect(err).to.equal('nksip-ts: The connection was closed before a response: if TLS is spoken at that port, write sips: or ;transport=tls.\n');
  });

  for (const flag of [['--trace'], ['--set', 'sip_trace=true']]) {
    it(`shows people the messages with ${flag.join(' ')}, without the password`, async () => {
      const peer = await udpPeer((request) => responseTo(request, '200 OK', []));
      const { out, err } = await run('options', `sip:a@127.0.0.1:${peer.port}`, ...flag);
      await peer.close();
      expect(out).to.match(/^200 OK\n/);
      expect(err).to.match(/^\S+Z info {2}sent to udp 127\.0\.0\.1:\d+\n {4}OPTIONS sip:a@127/).and.to.match(/\n\S+Z info {2}received from udp 127\.0\.0\.1:\d+\n {4}SIP\/2\.0 200 OK\n/);
    });
  }

  it('says that a certificate cannot be verified, and goes on without if told', async () => {
    await using server = new Command('serve', '--listen', 'sips:127.0.0.1:0');
    const [, port] = await server.printed(/ready on sips:127\.0\.0\.1:(\d+)/);
    const { code, out } = await run('options', `sips:127.0.0.1:${port}`);
    expect(out).to.match(/^503 the request could not be sent\. tls 127\.0\.0\.1:\d+ failed: [^\n]*certificate[^\n]*\n$/);
    expect(code).to.equal(3);
    expect((await run('options', `sips:127.0.0.1:${port}`, '--set', 'tls_verify=false')).out).to.match(/^200 OK\n/);
  });

  it('verifies a certificate with the authorities of --set tls_cafile', async () => {
    const authority = await Authority.make();
    try {
      const { certfile, keyfile } = await authority.sign(['127.0.0.1']);
      await using server = new Command('serve', '--listen', 'sips:127.0.0.1:0', '--set', `tls_certfile=${certfile}`, '--set', `tls_keyfile=${keyfile}`);
      const [, port] = await server.printed(/ready on sips:127\.0\.0\.1:(\d+)/);
      expect((await run('options', `sips:127.0.0.1:${port}`)).out).to.match(/^503 [^\n]*certificate/);
      expect((await run('options', `sips:127.0.0.1:${port}`, '--set', `tls_cafile=${authority.cafile}`)).out).to.match(/^200 OK\n/);
    } finally {
      authority.remove();
    }
  });

  for (const [uri, reason] of [
    ['sip:127.0.0.1:1;transport=tcp', /nobody listens there/],
    ['sip:127.0.0.1:1', /udp 127\.0\.0\.1:1 failed: nobody listens there/],
    ['sip:no-such-host', /No address was found for 'no-such-host'/],
    ['sip:127.0.0.1:1;transport=ws', /WebSocket/],
    ['sips:127.0.0.1:1;transport=udp', /sips needs TLS/],
  ] as const) {
    it(`says why nothing can be sent to ${uri}`, async () => {
      const { code, out } = await run('options', uri);
      expect(out).to.match(/^503 the request could not be sent\. /).and.to.match(reason);
      expect(code).to.equal(3);
    });
  }
});
