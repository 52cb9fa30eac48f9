import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);

/** A title of a test, and the file that it stands in. */
export interface Title {
  readonly text: string;
  /** From the root of the project. */
  readonly file: string;
}

/** `it('...'`: a `describe` alone proves nothing, and neither does what is skipped. */
const call = /\bit\(\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|`((?:\\.|[^`\\])*)`)/g;

/** Every title that stands in a test file as a text. */
export function testTitles(): readonly Title[] {
  const files = readdirSync(new URL('test/', root), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts')).sort();
  return files.flatMap((name) => {
    const file = `test/${name.replaceAll('\\', '/')}`;
    return titlesIn(readFileSync(new URL(file, root), 'utf8')).map((text) => ({ text, file }));
  });
}

export function titlesIn(source: string): readonly string[] {
  return [...source.matchAll(call)].map(([, single, double, template]) => (single ?? double ?? template ?? '').replace(/\\(.)/g, '$1'));
}

/** The ids that a title begins with: 'D15 D16 fills rport' has two. One further on is a mention, and proves nothing. */
export function idsIn(title: string): readonly string[] {
  const [start] = /^(?:[A-D]\d\d\b[ :,]*)*/.exec(title) ?? [''];
  return [...new Set(start.match(/[A-D]\d\d/g))];
}

/** The ids that a title has further on only. */
export function idsInPassing(title: string): readonly string[] {
  const own = idsIn(title);
  return [...new Set(title.match(/\b[A-D]\d\d\b/g))].filter((id) => !own.includes(id));
}
