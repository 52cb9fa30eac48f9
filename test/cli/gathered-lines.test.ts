import { expect } from 'chai';
import sinon from 'sinon';
import { GatheredLines } from '../../packages/cli/src/output/gathered-lines.ts';

describe('GatheredLines', () => {
  let clock: sinon.SinonFakeTimers;
  let written: string[];
  let lines: GatheredLines;
  beforeEach(() => {
    clock = sinon.useFakeTimers({ toFake: ['setImmediate', 'clearImmediate'] });
    written = [];
    lines = new GatheredLines((text) => written.push(text));
  });
  afterEach(() => clock.restore());

  it('writes the lines of one turn together, and at once when told to', () => {
    lines.add('a\n');
    lines.add('b\n');
    expect(written).to.deep.equal([]);
    clock.runAll();
    lines.add('c\n');
    lines.flush();
    lines.add('d\n');
    clock.runAll();
    lines.flush();
    expect(written).to.deep.equal(['a\nb\n', 'c\n', 'd\n']);
  });

  it('holds 65,536 characters back at most', () => {
    for (let i = 0; i < 100; i++) lines.add('x'.repeat(1000));
    expect(written.map(({ length }) => length)).to.deep.equal([66_000]);
    clock.runAll();
    expect(written.join('')).to.have.length(100_000);
  });
});
