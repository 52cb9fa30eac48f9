import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { closeAll, later } from '../wire/running.ts';
import { baresip } from './baresip.js';
import { requireTool } from './tools.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const arguments_ = ['--listen', 'sip:127.0.0.1:0, sips:127.0.0.1:0', '--trace'];

/** `npm start` in the checkout, and what it prints. Stopped after the test. */
async function npmStart() {
  const child = spawn('npm', ['start', '--silent', '--', ...arguments_], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'exit');
  later(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => { printed += text; });
  return {
    get printed() { return printed; },
    /** Resolves with what `find` makes of all that was printed, as soon as that is something. */
    async until<T>(find: (printed: string) => T | undefined): Promise<T> {
      for (;;) {
        const found = find(printed);
        if (found !== undefined) return found;
        await Promise.race([once(child.stdout, 'data'), ended.then(() => { throw new Error(`npm start ended:\n${printed}`); })]);
      }
    },
  };
}

/** What each PUBLISH of a trace asked for, and the answer: `refresh 200`. */
function publications(trace: string): string[] {
  const messages = trace.split(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z .*$/m).map((text) => text.replace(/^ {4}/gm, '').trim());
  return messages.filter((text) => text.startsWith('PUBLISH ')).map((request) => {
    const cseq = /^CSeq: .*$/m.exec(request)?.[0] ?? '';
    const answer = messages.find((text) => text.startsWith('SIP/2.0 ') && text.includes(cseq));
    const kind = /^Expires: 0\r?$/m.test(request) ? 'remove' : /^SIP-If-Match:/m.test(request) ? 'refresh' : 'initial';
    return `${kind} ${answer?.slice('SIP/2.0 '.length, 'SIP/2.0 200'.length) ?? 'unanswered'}`;
  });
}

describe('baresip as the client of npm start', function () {
  this.timeout(60_000);

  before(function () {
    requireTool(this, 'baresip', 'baresip-core');
  });

  afterEach(closeAll);

  for (const transport of ['udp', 'tcp', 'tls'] as const) {
    it(`A05 A18 publishes, refreshes and removes over ${transport.toUpperCase()}`, async () => {
      const server = await npmStart();
      const port = await server.until((text) => new RegExp(`:(\\d+);transport=${transport}`).exec(text)?.[1]);
      // Without `outbound` it publishes over UDP, whatever its own URI says.
      const phone = await baresip(`${port}>;outbound="sip:127.0.0.1:${port};transport=${transport}";pubint=3;regint=0`);
      await server.until((text) => publications(text).includes('refresh 200') || undefined);
      await phone.end();
      const all = await server.until((text) => publications(text).includes('remove 200') ? publications(text) : undefined);
      expect([...new Set(all)]).to.deep.equal(['initial 200', 'refresh 200', 'remove 200']);
      expect([...new Set(server.printed.match(/(?<= received from )\w+/g))], 'the way that it took').to.deep.equal([transport]);
      expect(all.filter((one) => one.startsWith('remove'))).to.have.length(1);
    });
  }
});
