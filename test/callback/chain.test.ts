import { expect } from 'chai';
import { buildChain, whenReady, type ChainLink } from '../../packages/core/src/callback/chain.ts';
import { NksipError, faultWithCode } from '../../packages/core/src/errors.ts';
import { faultOf } from '../kit/caught.ts';

const link = (owner: string, fn: ChainLink['fn']): ChainLink => ({ owner, fn });

describe('a chain of callbacks', () => {
  it('asks the service, then the plugins, then core, until one answers', () => {
    const asked: string[] = [];
    const says = (owner: string, answer: unknown): ChainLink => link(owner, () => { asked.push(owner); return answer; });
    const chain = buildChain('sip_publish', [says('server', 'continue'), says('alpha', 'continue'), says('beta', 42), says('core', 0)]);
    expect(chain.call([1])).to.equal(42);
    expect(asked).to.deep.equal(['server', 'alpha', 'beta']);
    expect(chain.owners).to.deep.equal(['server', 'alpha', 'beta', 'core']);
  });

  it('gives the changed arguments to all that follow', () => {
    const chain = buildChain('sip_ask', [
      link('a', (n: number, text: string) => ['continue', [n + 1, `${text}!`]]),
      link('b', () => 'continue'),
      link('core', (n: number, text: string) => `${n}${text}`),
    ]);
    expect(chain.call([1, 'x'])).to.equal('2x!');
  });

  it('stays synchronous when all links are, and takes promises anywhere', async () => {
    const links = [link('a', () => 'continue'), link('core', (n: number) => n * 2)];
    expect(buildChain('c', links).call([4])).to.equal(8);
    const late = buildChain('c', [link('z', (n: number) => Promise.resolve(['continue', [n + 1]])), ...links]).call([4]);
    expect(late).to.be.instanceOf(Promise);
    expect(await late).to.equal(10);
  });

  it('takes a thenable that is no Promise', async () => {
    const thenable = { then: (done: (value: unknown) => void) => { done('late'); } };
    expect(await buildChain('c', [link('a', () => thenable)]).call([])).to.equal('late');
  });

  it('ends with any value, undefined and lists that only resemble continue included', () => {
    for (const value of [undefined, null, false, [], ['reply', 'ok'], 'continued', { 0: 'continue' }]) {
      expect(buildChain('c', [link('a', () => value), link('core', () => 'never')]).call([])).to.equal(value);
    }
  });

  for (const [title, answer, given] of [
    ['fewer arguments', ['continue', [1]], 1],
    ['more arguments', ['continue', [1, 2, 3]], 3],
    ['no list', ['continue', 'x'], 'string'],
    ['nothing', ['continue'], 'undefined'],
    ['more than one list', ['continue', [1, 2], [3]], 2],
  ] as const) {
    it(`refuses to continue with ${title}, naming callback and plugin, at once or later`, async () => {
      for (const say of [() => answer, () => Promise.resolve(answer)]) {
        const error = await faultOf(() => buildChain('sip_ask', [link('a', say), link('core', () => 0)]).call([1, 2]));
        expect(error.code).to.equal('invalid_continue');
        expect(error.details).to.deep.equal({ callback: 'sip_ask', plugin: 'a', expected: 2, given });
      }
    });
  }

  it('names the callback and the plugin that threw or rejected; what it threw is the cause', async () => {
    const cause = new Error('disk full');
    for (const fail of [() => { throw cause; }, () => Promise.reject(cause)]) {
      const error = await faultOf(() => buildChain('sip_ask', [link('a', () => 'continue'), link('b', fail)]).call([]));
      expect(error.code).to.equal('callback_failed');
      expect(error.details).to.include({ callback: 'sip_ask', plugin: 'b' });
      expect(error.message).to.equal("The callback 'sip_ask' of 'b' failed: disk full.");
      expect(error.cause).to.equal(cause);
    }
  });

  it('keeps a fault with a meaning reachable as the cause', async () => {
    const error = await faultOf(() => buildChain('c', [link('a', () => { throw new NksipError('store_unavailable', { retry_after: 7 }); })]).call([]));
    expect(faultWithCode(error, 'store_unavailable')?.details['retry_after']).to.equal(7);
    expect(faultWithCode(error, 'queue_full')).to.equal(undefined);
  });

  it('names the culprit of an inner chain, not everybody on the way', async () => {
    const inner = buildChain('inner', [link('deep', () => { throw new Error('no'); })]);
    for (const fn of [() => inner.call([]), async () => await inner.call([])]) {
      const error = await faultOf(() => buildChain('outer', [link('shallow', fn)]).call([]));
      expect(error.details).to.include({ callback: 'inner', plugin: 'deep' });
    }
  });

  it('does not end without an answer: the last one must give one', async () => {
    const error = await faultOf(() => buildChain('sip_ask', [link('a', () => 'continue')]).call([]));
    expect(error.code).to.equal('chain_not_ended');
    expect(error.message).to.include("'a' returned 'continue'");
    expect((await faultOf(() => buildChain('sip_ask', []).call([]))).message).to.equal("Nobody implements the callback 'sip_ask'.");
  });

  it('gives its value, who answered, its own name and the context to the end, at once or later', async () => {
    const context = { n: 2 };
    const end = (value: unknown, owner: string, callback: string, { n }: typeof context): string => `${String(value)} ${owner} ${callback} ${n}`;
    const asked = (answer: unknown) => buildChain('sip_ask', [link('a', () => 'continue'), link('b', () => answer)]).call([], end, context);
    expect([asked(1), await asked(Promise.resolve(1))]).to.deep.equal(['1 b sip_ask 2', '1 b sip_ask 2']);
  });

  it('is fixed when it is made', () => {
    const links = [link('a', () => 1)];
    const chain = buildChain('c', links);
    links[0] = link('b', () => 2);
    expect(chain.call([])).to.equal(1);
  });
});

describe('whenReady', () => {
  it('goes on at once with a value, and lets through what the next step throws', () => {
    expect(whenReady(2, (n) => n + 1)).to.equal(3);
    expect(() => whenReady(2, () => { throw new Error('next'); }, () => 0)).to.throw('next');
  });

  it('hands a rejection of the value to onError, and only that', async () => {
    expect(await whenReady(Promise.reject(new Error('x')), () => 'no', () => 'caught')).to.equal('caught');
    expect(await faultFrom(whenReady(Promise.resolve(1), () => { throw new Error('next'); }, () => 'caught'))).to.equal('next');
    expect(await faultFrom(whenReady(Promise.reject(new Error('x')), () => 1))).to.equal('x');
  });
});

async function faultFrom(value: unknown): Promise<string> {
  return await Promise.resolve(value).then(() => 'nothing', (error: unknown) => error instanceof Error ? error.message : 'no error');
}
