import { expect } from 'chai';
import { settings } from '../../packages/cli/src/settings.ts';

const set = (...given: readonly string[]): Record<string, unknown> => settings({ flags: { set: given }, words: [] });

describe('--set', () => {
  it('reads numbers, true, false, lists and objects', () => {
    expect(set('a=60', 'b=true', 'c=false', 'd=["x", 1]', 'e={"presence": ["*/*"]}'))
      .to.deep.equal({ a: 60, b: true, c: false, d: ['x', 1], e: { presence: ['*/*'] } });
  });

  it('takes anything else as a text, and what is in quotes', () => {
    expect(set('a=renew', 'b="1234567890123456"', 'c=', 'd=x=y', 'e=null', 'f=007')).to.deep.equal({ a: 'renew', b: '1234567890123456', c: '', d: 'x=y', e: 'null', f: '007' });
  });

  it('takes plugins with commas between', () => {
    expect(set('plugins=a, @b/c')).to.deep.equal({ plugins: ['a', '@b/c'] });
    expect(set('plugins=["a"]')).to.deep.equal({ plugins: ['a'] });
  });

  it('takes the last of two', () => {
    expect(set('a=1', 'a=2')).to.deep.equal({ a: 2 });
  });
});
