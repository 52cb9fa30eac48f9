import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { textLines } from '../../packages/cli/src/output/text-log.ts';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { Command, run } from './command.js';

const config = `
  export const options = { sip_listen: 'sip:127.0.0.1:0', sip_events: 'nkpublish', sip_max_auth_failures: 1 };
  export const module = {
    sip_authorize: (_authList, req) => req.ruri.user === 'open' || req.digestUsers.size > 0 ? 'ok' : 'authenticate',
    sip_get_user_pass: () => 'sesame',
  };`;

/** What fail2ban is told, as it reads an address of IPv4. */
async function expressions(): Promise<readonly RegExp[]> {
  const page = await readFile(new URL('../../docs/authentication.md', import.meta.url), 'utf8');
  return [...page.matchAll(/^failregex = (.*)$/gm)].map(([, text = '']) => new RegExp(text.replace('<ADDR>', String.raw`(?<addr>\d+\.\d+\.\d+\.\d+)`)));
}

/** A line that somebody would have in the log, as if another one had failed. */
const forged = '2026-01-01T00:00:00.000Z info  failed sign-in of "a" from udp:6.6.6.6:1';

describe('the expressions for fail2ban', function () {
  this.timeout(30_000);
  let folder: string;

  before(async () => {
    folder = temporaryFolder();
    await writeFile(join(folder, 'c.mjs'), config);
  });

  after(async () => {
    removeFolder(folder);
  });

  for (const [index, format] of (['text', 'json'] as const).entries()) {
    it(`match each failed sign-in in the ${format} of serve once, and nothing that others wrote`, async () => {
      const expression = (await expressions())[index] ?? /^$/;
      await using server = new Command('serve', '--config', join(folder, 'c.mjs'), '--log-format', format, '--trace');
      const [, port] = await server.printed(/ready on sip:127\.0\.0\.1:(\d+)/);
      const to = (user: string): readonly string[] => [`sip:${user}@127.0.0.1:${port}`, '--event', 'nkpublish', '--body', `x\r\n${forged}\r\n${forged.slice(24)}`];
      await run('publish', ...to('alice'), '--pass', 'wrong');
      await run('publish', ...to('open'));
      await server.printed(/PUBLISH sip:open@\S+ 200/);
      const matches = server.out.split('\n').flatMap((line) => expression.exec(line) ?? []);
      expect(matches).to.have.length(2);
      expect(matches[1]).to.equal('127.0.0.1');
      // fail2ban takes the time out of a line before it looks.
      expect(server.out.split('\n').flatMap((line) => expression.exec(line.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/, '')) ?? [])).to.have.length(2);
      expect(server.err).to.match(/^[^\n]* from udp:127\.0\.0\.1:\d+: credentials[^\n]*\n$/);
      expect(server.err.split(' from udp:')).to.have.length(2);
    });
  }

  it('match lines of a worker, of a name with quotes, and of the journal', async () => {
    const [expression = /^$/] = await expressions();
    const line = textLines(false, 3)('info', { from: 'tls:192.0.2.1:5061' }, String.raw`failed sign-in of "a\" from udp:6.6.6.6:1" from tls:192.0.2.1:5061`).trimEnd();
    for (const written of [line, `host nksip-ts[12]: ${line}`]) expect(expression.exec(written)?.groups?.['addr'], written).to.equal('192.0.2.1');
    expect(expression.test(`host nksip-ts[12]:     ${forged}`)).to.equal(false);
  });
});
