import { resolve } from 'node:path';
import { expect } from 'chai';
import ts from 'typescript';
import { root } from '../../docs/generator/pages.ts';
import { blocks, blocksIn, type Block } from './blocks.ts';

/** Where a block would be if it were a file: those of one page side by side, so that they can import each other by name. */
function fileOf(block: Block): string {
  const folder = resolve(root, 'docs/.blocks', block.page.replaceAll('/', '-'));
  return resolve(folder, block.name === '' ? `line-${block.line}.ts` : block.name);
}

/** Compiles texts that are in no file, in one program. */
function problemsIn(files: ReadonlyMap<string, string>): readonly string[] {
  const config = ts.readConfigFile(resolve(root, 'test/tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, resolve(root, 'test'));
  const settings = { ...options, noEmit: true, incremental: false, noUnusedLocals: false };
  const host = ts.createCompilerHost(settings);
  const { fileExists, readFile, getSourceFile, directoryExists } = host;
  host.directoryExists = (path) => [...files.keys()].some((file) => file.startsWith(`${path}/`)) || directoryExists?.(path) === true;
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path) ?? readFile(path);
  host.getSourceFile = (path, language, ...rest) => {
    const text = files.get(path);
    return text === undefined ? getSourceFile(path, language, ...rest) : ts.createSourceFile(path, text, language);
  };
  const program = ts.createProgram({ rootNames: [...files.keys()], options: settings, host });
  return [...files.keys()].flatMap((path) => {
    const file = program.getSourceFile(path);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map((one) => told(path, one));
  });
}

function told(path: string, { file, start, messageText }: ts.Diagnostic): string {
  const line = file === undefined || start === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1;
  return `${path.slice(root.length)}, line ${line} of the block: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
}

/** A module, even one that imports and exports nothing. */
function asModule(text: string): string {
  return /^(?:import|export)\b/m.test(text) ? text : `${text}export {};\n`;
}

describe('The code blocks of the documentation', () => {
  it('compile', function () {
    this.timeout(60_000);
    const files = new Map(blocks().filter((block) => block.language === 'ts').map((block) => [fileOf(block), asModule(block.text)]));
    expect(files.size).to.be.greaterThan(10);
    expect(problemsIn(files)).to.deep.equal([]);
  });

  it('would not, were something in them misspelt', function () {
    this.timeout(60_000);
    const [block] = blocksIn('docs/wrong.md', "text\n\n```ts\nimport { strat } from '@nksip-ts/core';\nawait strat('server', {});\n```\n");
    const problems = problemsIn(new Map([[fileOf(block!), block!.text]]));
    expect(problems.join('\n')).to.match(/line 1 of the block: .*'strat'/);
  });

  for (const block of blocks().filter(({ language }) => language === 'js' || language === 'mjs')) {
    it(`parse: ${block.page}:${block.line}`, () => {
      const { diagnostics } = ts.transpileModule(block.text, { reportDiagnostics: true, fileName: 'block.mjs', compilerOptions: { allowJs: true, target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext } });
      expect(diagnostics?.map((one) => ts.flattenDiagnosticMessageText(one.messageText, ' '))).to.deep.equal([]);
    });
  }

  for (const block of blocks().filter(({ language }) => language === 'json')) {
    it(`are JSON: ${block.page}:${block.line}`, () => {
      expect(() => JSON.parse(block.text)).not.to.throw();
    });
  }

  it('have a language', () => {
    expect(blocks().filter(({ language }) => !['ts', 'js', 'json', 'sh', 'text'].includes(language))).to.deep.equal([]);
  });
});
