import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** What judges: chai's, and our own functions that throw where something is not as it must be. What is skipped says so itself. */
const judge = /^(?:expect|assert|skip|must(?:[A-Z]\w*)?)$/;

interface Source {
  readonly file: ts.SourceFile;
  /** Bodies of functions and methods by name. */
  readonly bodies: ReadonlyMap<string, readonly ts.Node[]>;
  readonly isTest: boolean;
  /** Where a name that is imported from another file of the tests comes from. */
  readonly imports: ReadonlyMap<string, URL>;
}

const sources = new Map<string, Source>();

function sourceOf(url: URL): Source {
  const known = sources.get(url.href);
  if (known !== undefined) return known;
  const source = sourceFrom(url, readFileSync(url, 'utf8'));
  sources.set(url.href, source);
  return source;
}

function sourceFrom(url: URL, text: string): Source {
  const file = ts.createSourceFile(fileURLToPath(url), text, ts.ScriptTarget.Latest, true);
  const bodies = new Map<string, ts.Node[]>();
  const imports = new Map<string, URL>();
  visit(file, (node) => {
    const named = (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isVariableDeclaration(node) || ts.isPropertyAssignment(node) || ts.isPropertyDeclaration(node)) && node.name !== undefined;
    if (named) bodies.set(node.name.getText(file), [...bodies.get(node.name.getText(file)) ?? [], node]);
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier) && /^\.\.?\/(?!.*packages\/)/.test(node.moduleSpecifier.text)) {
      const from = new URL(node.moduleSpecifier.text, url);
      const named = node.importClause?.namedBindings;
      if (named !== undefined && ts.isNamedImports(named)) for (const { name, propertyName } of named.elements) if (propertyName === undefined) imports.set(name.text, from);
    }
  });
  return { file, bodies, isTest: file.fileName.endsWith('.test.ts'), imports };
}

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  node.forEachChild((child) => { visit(child, see); });
}

/** Whether what stands in `node`, or a function of the tests that is called in it, can fail the test. */
function canFail(node: ts.Node, source: Source, seen: Set<ts.Node>): boolean {
  if (seen.has(node)) return false;
  seen.add(node);
  let found = false;
  visit(node, (part) => {
    if (found) return;
    // Elsewhere what is thrown tells of a scene that could not be made.
    if (ts.isThrowStatement(part)) found = source.isTest;
    else if (ts.isIdentifier(part) && part !== node) found = judge.test(part.text) || nameCanFail(part.text, source, seen);
    else if (ts.isPrivateIdentifier(part)) found = nameCanFail(part.text, source, seen);
  });
  return found;
}

function nameCanFail(name: string, source: Source, seen: Set<ts.Node>): boolean {
  if ((source.bodies.get(name) ?? []).some((body) => canFail(body, source, seen))) return true;
  const from = source.imports.get(name);
  return from !== undefined && existsSync(from) && nameCanFail(name, sourceOf(from), seen);
}

/** The titles of the tests in a file that no result can fail: nothing is expected in them, nor in what they call. */
export function testsWithoutExpectation(url: URL, text = readFileSync(url, 'utf8')): readonly string[] {
  const source = sourceFrom(url, text);
  const titles: string[] = [];
  visit(source.file, (node) => {
    if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression) || node.expression.text !== 'it') return;
    const [title, body] = node.arguments;
    if (title !== undefined && (body === undefined || !canFail(body, source, new Set()))) titles.push(title.getText(source.file));
  });
  return titles;
}
