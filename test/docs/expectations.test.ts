import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { testsWithoutExpectation } from './expectations.ts';

const tests = new URL('../', import.meta.url);

describe('every test', () => {
  it('expects something, by itself or in a function that it calls', () => {
    const files = readdirSync(tests, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts'));
    expect(files.flatMap((name) => testsWithoutExpectation(new URL(name, tests)).map((title) => `${name}: ${title}`))).to.deep.equal([]);
  }).timeout(60_000);

  it('that expects nothing is found', () => {
    const text = `
      const look = (value) => { console.log(value); };
      const judge = (value) => { expect(value).to.equal(1); };
      const pass = (value) => judge(value);
      it('is empty', () => {});
      it('has no body');
      it('only calls', () => { look(1); });
      it('expects', () => { expect(1).to.equal(1); });
      it('has it done', () => { pass(1); });
      it('throws', () => { if (1 > 2) throw new Error('x'); });`;
    expect(testsWithoutExpectation(new URL('none.test.ts', tests), text)).to.deep.equal(["'is empty'", "'has no body'", "'only calls'"]);
  });
});
