import { Framer, parse } from '@nksip-ts/sip';
import { expect } from 'chai';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { campaign, type Campaign } from './campaign.ts';
import { goodMessages } from './corpus.ts';
import { findingText } from './finding.ts';
import { longValues } from './long-runs.ts';
import { readers } from './readers.ts';
import { shortest } from './shortest.ts';
import { host } from './service-under-fire.ts';
import { targetNames, type Target, type TargetName } from './target.ts';
import { targets } from './targets.ts';
import { connected, exchanged } from './tcp-target.ts';
import { cpuTimeOf } from '../kit/cpu-time.ts';

/** Always the same runs: a long one with other seeds is `npm run fuzz`. */
const seed = 3903;

/** Runs that take about a second each; a slow machine is done when the time (ms) is over. */
const runs: Readonly<Record<TargetName, number>> = { codec: 2000, udp: 1000, tcp: 500, ws: 300, subscribe: 300, notify: 300, unasked: 500, bodies: 500 };
const time = 1500;

function mustBeSound({ finding, ...count }: Campaign): void {
  if (finding !== undefined) throw new Error(findingText(finding));
  expect(count.runs).to.be.above(0);
}

describe('fuzzing', () => {
  const titles: Readonly<Record<TargetName, string>> = {
    codec: 'the codec takes anything, and what it makes is sound',
    udp: 'a good PUBLISH over udp is 200 after any rubbish, and nothing fails inside',
    tcp: 'a good PUBLISH over tcp is 200 after any rubbish, and nothing fails inside',
    ws: 'a good PUBLISH over ws is 200 after any rubbish, and nothing fails inside',
    subscribe: 'a notifier takes any SUBSCRIBE: its NOTIFYs are sound, go to the source alone and are no more than that may get, and nothing is left',
    notify: 'whoever has subscribed takes any NOTIFY, and no subscription outlasts its time',
    unasked: 'RFC 6665 4.1.3 no NOTIFY is taken where nobody has subscribed',
    bodies: 'what event packages take they can compose, and what they compose they would take',
  };
  for (const name of targetNames) {
    const title = titles[name];
    it(title, async () => {
      const target = await targets[name]();
      try {
        mustBeSound(await campaign(target, seed, { runs: runs[name], time }));
      } finally {
        await target.close();
      }
    }).timeout(60_000);
  }

  it('every prefix of a good message is a need for more, or is refused', () => {
    for (const message of goodMessages) {
      for (let end = 0; end < message.length; end++) {
        const framer = new Framer();
        framer.push(message.subarray(0, end));
        expect(framer.next(), `${end} bytes of ${message.toString('latin1')}`).to.equal(undefined);
        const result = parse(message.subarray(0, end));
        expect(result.ok ? 200 : result.code, `${end} bytes of ${message.toString('latin1')}`).to.equal(end === 0 ? 0 : 400);
      }
      expect(parse(message).ok, message.toString('latin1')).to.equal(true);
    }
  });

  it('every reader takes time that is linear in the size of its text', () => {
    for (const [name, read] of Object.entries(readers)) {
      for (const [shape, longRun] of Object.entries(longValues)) {
        const [small, large] = [longRun(8_000), longRun(128_000)];
        // 16 times the size: linear is 16 times the time, quadratic 256 times; what takes less than a blink is noise
        const fastest = (text: string): number => Math.min(...[1, 2, 3].map(() => cpuTimeOf(() => read(text))));
        if (cpuTimeOf(() => read(large)) > 20) expect(fastest(large) / Math.max(fastest(small), 0.2), `${name} of ${shape}`).to.be.below(90);
      }
    }
  }).timeout(20_000);

  it('a finding tells its seed, its shortest input and how to see it again', async () => {
    const broken: Target = {
      name: 'codec',
      make: (random) => [Buffer.from('a'.repeat(random.size(100))), Buffer.from(`${'b'.repeat(random.size(50))}${random.below(4) === 0 ? 'X' : ''}c`)],
      run: (input) => { if (Buffer.concat(input).includes('X')) throw new Error('an X'); },
      close: async () => undefined,
    };
    const { finding } = await campaign(broken, 5, { runs: 1000 });
    expect(finding?.input.map(String)).to.deep.equal(['X']);
    const again = await campaign(broken, finding?.seed ?? 0, { runs: 1 });
    expect(again.finding?.problem.split('\n', 1)).to.deep.equal(['Error: an X']);
    expect(findingText(again.finding!)).to.contain('an X').and.contain('"X"').and.contain(`npm run fuzz -- --only codec --seed ${again.finding!.seed} --runs 1`);
  });

  it('what fails between two runs is a finding of the run before it', async () => {
    const restless: Target = {
      name: 'codec', make: (random) => [Buffer.from('a'.repeat(1 + random.size(100)))], run: () => undefined, close: async () => undefined,
      rest: () => Promise.reject(new Error('something is left')),
    };
    const { runs, finding } = await campaign(restless, 5, { runs: 1000 });
    expect([runs, finding?.seed, finding?.input.length]).to.deep.equal([200, 204, 1]);
    expect(finding?.problem).to.match(/^After 200 runs: Error: something is left/);
  });

  describe('a service that closes while its peer still writes', () => {
    const input = Array.from({ length: 50 }, () => Buffer.from('a'));

    async function exchangedWith(onData: (served: Socket, socket: Socket) => void): Promise<Buffer> {
      const server = createServer().listen(0, host);
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const [socket, [served]] = await Promise.all([connected(port), once(server, 'connection') as Promise<[Socket]>]);
      served.on('error', () => undefined).once('data', () => { onData(served, socket); });
      return exchanged(socket, input).finally(() => { server.close(); });
    }

    it('is no finding: neither ECONNRESET nor EPIPE', async () => {
      expect(await exchangedWith((served) => { served.resetAndDestroy(); })).to.have.length(0);
      expect(await exchangedWith((_served, socket) => { socket.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })); })).to.have.length(0);
    });

    it('is a finding where the socket breaks otherwise', async () => {
      const broken = exchangedWith((_served, socket) => { socket.destroy(new Error('broken otherwise')); });
      expect(await broken.catch(String)).to.equal('Error: broken otherwise');
    });
  });

  it('an input that breaks nowhere stays as it is', async () => {
    const input = [Buffer.from('ab'), Buffer.from('c')];
    expect(await shortest(input, async () => false)).to.equal(input);
  });
});
