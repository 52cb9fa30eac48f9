import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from './campaign.ts';
import { targetNames, type Input, type TargetName } from './target.ts';

/** What a person needs to see it again. */
export function findingText({ target, seed, problem, input }: Finding): string {
  return [
    `${target} broke: ${problem}`,
    `The shortest input, ${input.reduce((size, piece) => size + piece.length, 0)} bytes in ${input.length} pieces:`,
    ...input.map((piece) => `  ${shown(piece)}`),
    `To see it again: npm run fuzz -- --only ${target} --seed ${seed} --runs 1`,
  ].join('\n');
}

function shown(piece: Buffer): string {
  const text = JSON.stringify(piece.toString('latin1'));
  return text.length > 2000 ? `${text.slice(0, 2000)}... (${piece.length} bytes)` : text;
}

/** Writes it under `folder`; answers the path. */
export function saveFinding(finding: Finding, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `nksip-ts-fuzz-${finding.target}-${finding.seed}.json`);
  writeFileSync(path, `${JSON.stringify({ ...finding, input: finding.input.map((piece) => piece.toString('base64')) }, undefined, 2)}\n`);
  return path;
}

/** What `saveFinding` wrote: the target and the pieces. Throws where the file says something else. */
export function readFinding(path: string): { readonly target: TargetName; readonly input: Input } {
  const saved: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (typeof saved !== 'object' || saved === null || !('target' in saved && 'input' in saved) || !Array.isArray(saved.input)) throw new Error(`${path} is no saved finding`);
  const target = targetNames.find((name) => name === saved.target);
  if (target === undefined) throw new Error(`${path} names no target`);
  return { target, input: saved.input.map((piece) => Buffer.from(String(piece), 'base64')) };
}
