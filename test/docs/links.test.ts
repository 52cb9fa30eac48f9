import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect } from 'chai';
import { pages, root, type Page } from '../../docs/generator/pages.ts';

interface Link {
  readonly from: string;
  readonly target: string;
}

const withoutCode = (text: string): string => text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '');

function linksOf({ file, text }: Page): readonly Link[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => ({ from: file, target }));
}

/** As GitHub makes them: lower case, blanks are dashes, what is neither word nor dash goes. */
function anchorsOf({ text }: Page): ReadonlySet<string> {
  const headings = text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#{1,6} (.+)$/gm);
  return new Set([...headings].map(([, heading = '']) => heading.toLowerCase().replace(/[^\p{L}\p{N}\-_ ]/gu, '').replaceAll(' ', '-')));
}

describe('The links of the documentation', () => {
  const all = pages();
  const links = all.flatMap(linksOf);

  it('lead to files that are there', () => {
    const dead = links.filter(({ target }) => !/^(?:https?:|#)/.test(target))
      .filter(({ from, target }) => !existsSync(join(root, dirname(from), target.replace(/#.*/, ''))));
    expect(dead).to.deep.equal([]);
  });

  it('lead to headings that are there', () => {
    const dead = links.filter(({ target }) => target.includes('#') && !target.startsWith('http')).filter(({ from, target }) => {
      const [path = '', anchor = ''] = target.split('#');
      const file = path === '' ? from : normalize(join(dirname(from), path));
      const page = all.find((one) => one.file === file);
      return page === undefined || !anchorsOf(page).has(anchor);
    });
    expect(dead).to.deep.equal([]);
  });

  it('leave no page out of reach of the README', () => {
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const { target } of links.filter(({ from }) => from === file)) visit(normalize(join(dirname(file), target.replace(/#.*/, ''))));
    };
    visit('README.md');
    expect(all.map(({ file }) => file).filter((file) => !reached.has(file))).to.deep.equal([]);
  });
});
