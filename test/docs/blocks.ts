import { pages } from '../../docs/generator/pages.ts';

/** A block of code in the documentation. */
export interface Block {
  /** From the root of the project. */
  readonly page: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  /** What follows the language: the name of a file, if anything. */
  readonly name: string;
  readonly text: string;
}

export function blocks(): readonly Block[] {
  return pages().flatMap(({ file, text }) => blocksIn(file, text));
}

export function blocksIn(page: string, text: string): readonly Block[] {
  return [...text.matchAll(/^```(\S+)[ \t]*([^\n]*)\n([\s\S]*?)^```$/gm)].map(([, language = '', name = '', body = ''], index, all) => ({
    page, language, name: name.trim(), text: body, line: text.slice(0, all[index]?.index).split('\n').length,
  }));
}
