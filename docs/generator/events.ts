import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { code, table } from './markers.js';
import { root } from './pages.js';

/** The events that a source file adds to ServiceEventMap, with their comments. */
export function eventTable(path: string): string {
  const source = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest, true);
  const rows: (readonly [string, string])[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isInterfaceDeclaration(node) && node.name.text === 'ServiceEventMap') rows.push(...node.members.map(rowOf));
    else ts.forEachChild(node, visit);
  };
  visit(source);
  return table(['Event', 'When'], rows);
}

function rowOf(member: ts.TypeElement): readonly [string, string] {
  const name = member.name !== undefined && (ts.isIdentifier(member.name) || ts.isStringLiteral(member.name)) ? member.name.text : '';
  const comments = ts.getJSDocCommentsAndTags(member).map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '');
  return [code(name), comments.join(' ')];
}
