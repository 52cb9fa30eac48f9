import { expect } from 'chai';
import { disagreements, promote, readRows, titlesById, type Row } from '../../docs/generator/conformance.ts';
import { idsIn, idsInPassing, testTitles, titlesIn } from '../../docs/generator/titles.ts';

const row = (id: string, status: Row['status'], note = ''): Row => ({ id, requirement: 'it works', source: 'RFC 3903 6', level: 'MUST', status, note });
const titled = (...titles: readonly string[]) => titlesById(titles.map((text) => ({ text, file: 'test/some.test.ts' })));

describe('The table of conformance', () => {
  it('says what the titles of the tests say', () => {
    expect(disagreements(readRows(), titlesById(testTitles()))).to.deep.equal([]);
  });

  it('has every requirement once, in order', () => {
    const ids = readRows().map(({ id }) => id);
    const counts = { A: 54, B: 27, C: 62, D: 63 };
    expect(ids).to.deep.equal(Object.entries(counts).flatMap(([part, count]) => Array.from({ length: count }, (_, index) => `${part}${String(index + 1).padStart(2, '0')}`)));
  });

  it('has a reason for each deviation and for what is not applicable', () => {
    expect(readRows().filter(({ status, note }) => (status === 'deviation' || status === 'not applicable') && note === '')).to.deep.equal([]);
  });

  it('disagrees with a row that is tested by nobody', () => {
    expect(disagreements([row('A01', 'tested')], titled())).to.have.length(1);
    expect(disagreements([row('A01', 'tested')], titled('A01 answers 404'))).to.deep.equal([]);
  });

  it('disagrees with a test whose row says that there is none', () => {
    for (const status of ['not yet', 'not applicable'] as const) {
      expect(disagreements([row('A01', status, 'because')], titled('A01 answers 404')), status).to.have.length(1);
    }
    expect(disagreements([row('A01', 'deviation', 'because')], titled('A01 answers 403')), 'tested all the same').to.deep.equal([]);
  });

  it('disagrees with an id that nobody knows', () => {
    expect(disagreements([row('A01', 'not yet')], titled('A99 answers'))).to.have.length(1);
  });

  it('makes tested what has got a test, and nothing else', () => {
    const rows = [row('A01', 'not yet', 'later'), row('A02', 'not yet', 'later'), row('A03', 'deviation', 'so')];
    expect(promote(rows, titled('A01 A03 answers')).map(({ status, note }) => [status, note])).to.deep.equal([['tested', ''], ['not yet', 'later'], ['deviation', 'so']]);
  });
});

describe('The titles of the tests', () => {
  it('are those of it, in any quotes, and not of describe or of what is skipped', () => {
    const source = "describe('one', () => { it(\"it's two\", f); it(`${'three'}`, f); it.skip('four', f); xit('five', f); commit('six'); it('it\\'s seven', f); });";
    expect(titlesIn(source)).to.deep.equal(["it's two", "${'three'}", "it's seven"]);
  });

  it('may begin with several ids; one further on counts for nothing', () => {
    expect(idsIn('D15 D16 fills rport (D15), not XD17 or D1')).to.deep.equal(['D15', 'D16']);
    expect(idsIn('D15, D16: fills rport')).to.deep.equal(['D15', 'D16']);
    for (const title of ['fills rport, as D15 has it', 'RFC 3581 4 D15 fills rport', 'D151 is none']) expect(idsIn(title), title).to.deep.equal([]);
    expect(idsInPassing('D15 D16 fills rport (D15), unlike D17')).to.deep.equal(['D17']);
  });

  it('have their ids at the beginning', () => {
    expect(testTitles().filter(({ text }) => idsInPassing(text).length > 0)).to.deep.equal([]);
  });
});
