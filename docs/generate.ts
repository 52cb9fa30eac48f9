import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { conformanceFile, disagreements, promote, readRows, titlesById, writeRows } from './generator/conformance.js';
import { hoverFiles } from './generator/hover.js';
import { manFile } from './generator/man.js';
import { fill } from './generator/markers.js';
import { pages, root } from './generator/pages.js';
import { generated } from './generator/tables.js';
import { testTitles } from './generator/titles.js';

// Writes what the pages, and what an editor shows, have from the code; with --check it only tells what is not as the code says.

const check = process.argv.includes('--check');
const stale: string[] = [];

function put(file: string, before: string, after: string): void {
  if (before === after) return;
  stale.push(file);
  if (!check) writeFileSync(join(root, file), after);
}

const byId = titlesById(testTitles());
const rows = promote(readRows(), byId);
put('docs/conformance.tsv', readFileSync(conformanceFile, 'utf8'), writeRows(rows));
for (const { file, text } of pages()) put(file, text, fill(text, generated));
for (const { file, text } of [...hoverFiles(), manFile()]) put(file, existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '', text);

const problems = disagreements(rows, byId);
for (const problem of problems) console.error(problem);
if (problems.length > 0) console.error('Mend the title of the test, or the status in docs/conformance.tsv.');
if (stale.length > 0) {
  console.error(check ? `${stale.join(', ')}: not what the code says. Run 'npm run docs' and look at the difference.` : `Written: ${stale.join(', ')}`);
}
if (problems.length > 0 || (check && stale.length > 0)) process.exitCode = 1;
