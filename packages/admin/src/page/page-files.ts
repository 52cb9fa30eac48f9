import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface PageFile {
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** What goes with each of the files: nothing from elsewhere, nothing inline, in no frame. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-cache',
};

const types: Readonly<Record<string, string>> = { '.html': 'text/html; charset=utf-8', '.css': 'text/css; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.svg': 'image/svg+xml' };

/** Seen from src/page and from dist/page: what a browser reads is not compiled. */
const folder = fileURLToPath(new URL('../../src/page/static/', import.meta.url));

/** The files of the page by the path of their URL. Read once; about 250 KB. */
export function pageFiles(): ReadonlyMap<string, PageFile> {
  const names = readdirSync(folder).filter((name) => extname(name) in types);
  const own = names.map((name): [string, PageFile] => [name === 'index.html' ? '/' : `/page/${name}`, fileAt(join(folder, name))]);
  return new Map([...own, ...chartFiles()]);
}

/** uPlot, as its package has it. */
function chartFiles(): readonly [string, PageFile][] {
  const built = dirname(createRequire(import.meta.url).resolve('uplot'));
  return [['/page/uplot.js', fileAt(join(built, 'uPlot.esm.js'))], ['/page/uplot.css', fileAt(join(built, 'uPlot.min.css'))]];
}

function fileAt(path: string): PageFile {
  return { type: types[extname(path)] ?? 'application/octet-stream', bytes: readFileSync(path) };
}
