import { expect } from 'chai';
import { fill, table } from '../../docs/generator/markers.ts';
import { pages } from '../../docs/generator/pages.ts';
import { generated } from '../../docs/generator/tables.ts';

const page = 'before\n<!-- generated: a -->\nold\n<!-- end generated -->\nbetween\n<!-- generated: b -->\n<!-- end generated -->\nafter\n';

describe('What the documentation has from the code', () => {
  it("is what the code says; if not, 'npm run docs' writes it anew", () => {
    const stale = pages().filter(({ text }) => fill(text, generated) !== text).map(({ file }) => file);
    expect(stale).to.deep.equal([]);
  });

  it('takes the place of what was between its markers', () => {
    const filled = fill(page, (name) => `new ${name}`);
    expect(filled).to.equal('before\n<!-- generated: a -->\nnew a\n<!-- end generated -->\nbetween\n<!-- generated: b -->\nnew b\n<!-- end generated -->\nafter\n');
    expect(fill(filled, (name) => `new ${name}`)).to.equal(filled);
  });

  it('takes no sign in it for a command', () => {
    expect(fill(page, () => '$& $1')).to.include('$& $1');
  });

  it('wants the end of each marker', () => {
    expect(() => fill('<!-- generated: a -->\n', () => '')).to.throw('end generated');
  });

  it('names nothing that cannot be made', () => {
    expect(() => generated('core optoins')).to.throw("'core optoins'");
  });

  it('cannot break a table', () => {
    expect(table(['a'], [["`'x' | 'y'` or <b>"]])).to.equal("| a |\n| --- |\n| `'x' \\| 'y'` or &lt;b> |");
  });

  it('is everything that there is to know of: callbacks, options, errors and replies', () => {
    const text = (file: string): string => pages().find((one) => one.file === file)?.text ?? '';
    for (const name of ['core callbacks', 'event-compositor callbacks']) expect(text('docs/callbacks.md')).to.include(`<!-- generated: ${name} -->`);
    for (const name of ['core options', 'event-compositor options']) expect(text('docs/options.md')).to.include(`<!-- generated: ${name} -->`);
    expect(text('docs/errors.md')).to.include('<!-- generated: errors -->');
    expect(text('docs/replies.md')).to.include('<!-- generated: replies -->');
    expect(text('docs/conformance.md')).to.include('<!-- generated: conformance -->');
  });
});
