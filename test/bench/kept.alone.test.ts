import { expect } from 'chai';
import { rows, run } from './run-program.ts';

describe('The program that measures what uac-auto keeps', function () {
  this.timeout(60_000);

  it('has 120 publications of 2 seconds for 4 seconds: none lapses', () => {
    const { out, err, code } = run('kept', ['--count', '120', '--seconds', '4', '--expires', '2']);
    expect(code, err).to.equal(0);
    expect(out).to.contain('Lapsed: 0 ');
    expect(rows(out).map(([name]) => name)).to.deep.equal(['first fifth', 'last fifth', 'all']);
  });
});
