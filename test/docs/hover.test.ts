import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import ts from 'typescript';
import { hoverFiles } from '../../docs/generator/hover.ts';
import { root } from '../../docs/generator/pages.ts';

/** A program as somebody writes it; where an editor points is between « and ». */
const program = `
import { z } from 'zod';
import { replyTable, start, uac, update, type ServiceEventMap } from '@nksip-ts/core';
import '@nksip-ts/event-compositor';
import '@nksip-ts/event-store-redis';
const service = await start('server', {
  plugins: ['event-store-redis'],
  «sip_listen»: 'sip:all:5060',
  «sip_event_compositor_grace»: 5,
  «sip_event_store_redis_timeout»: 100,
}, {
  «sip_route»: () => 'process',
  «sip_event_compositor_store»: () => 'ok',
});
await update(service, { «sip_max_calls»: 5 });
await uac.publish(service, 'sip:a@b', { event: 'presence', «sip_if_match»: 'tag' });
await uac.options(service, 'sip:a@b', { «max_forwards»: 1 });
const options = z.object({
  /** How polite it is. */
  polite_level: z.int().default(1),
});
declare module '@nksip-ts/core' {
  interface Plugins { 'polite': { options: z.input<typeof options> } }
}
await start('polite', { plugins: ['polite'], «polite_level»: 2 });
export const { code } = replyTable.«gone»;
export type Stopped = ServiceEventMap[«'stopped'»];
export type Put = ServiceEventMap[«'event_compositor:put'»];
`;

/** What TypeScript's language service, which editors ask, shows at each marked name. */
function shown(): ReadonlyMap<string, string> {
  const file = resolve(root, 'test/docs/.hover.ts');
  const text = program.replaceAll(/[«»]/g, '');
  const config = ts.readConfigFile(resolve(root, 'test/tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, resolve(root, 'test'));
  const read = (path: string): string | undefined => path === file ? text : ts.sys.readFile(path);
  const service = ts.createLanguageService({
    getScriptFileNames: () => [file],
    getScriptVersion: () => '1',
    getScriptSnapshot: (path) => {
      const content = read(path);
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
    },
    getCurrentDirectory: () => root,
    getCompilationSettings: () => options,
    getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
    fileExists: (path) => path === file || ts.sys.fileExists(path),
    readFile: read,
    directoryExists: (path) => ts.sys.directoryExists(path),
    getDirectories: (path) => ts.sys.getDirectories(path),
    readDirectory: (...args) => ts.sys.readDirectory(...args),
  });
  expect(service.getSemanticDiagnostics(file).map((one) => one.messageText)).to.deep.equal([]);
  return new Map([...program.matchAll(/«([^»]+)»/g)].map(({ 1: name = '', index }, before) => {
    const info = service.getQuickInfoAtPosition(file, index - 2 * before);
    return [name, `${ts.displayPartsToString(info?.displayParts)}\n${ts.displayPartsToString(info?.documentation)}`];
  }));
}

describe('What an editor shows', () => {
  it('is what the reference says, at an option, a callback, a reply and an event', function () {
    this.timeout(60_000);
    const at = shown();
    expect(at.get('sip_listen')).to.include("Where to listen, for example 'sip:all:5060, sips:all:5061'.");
    expect(at.get('sip_event_compositor_grace')).to.include('How long after it has expired').and.to.include('Value: seconds, 0 to 86400. Default: 0.');
    expect(at.get('sip_event_store_redis_timeout')).to.include('How long connecting, and each command, may take.').and.to.include('milliseconds');
    expect(at.get('sip_route')).to.include('Called for every authorized request').and.to.include("Default: 'process'.");
    expect(at.get('sip_event_compositor_store')).to.include('Called for each operation on the store.');
    expect(at.get('sip_max_calls')).to.include('Requests that may be pending at a time');
    expect(at.get('polite_level'), 'of a plugin of your own').to.include('How polite it is.');
    expect(at.get('sip_if_match')).to.include('the SIP-ETag of the last response');
    expect(at.get('max_forwards')).to.include('Value: 0 to 255.');
    expect(at.get('gone')).to.include('410').and.to.include('It was here once and never will be again.');
    expect(at.get("'stopped'")).to.include('Everything is closed.');
    expect(at.get("'event_compositor:put'")).to.include('An initial publication is stored');
  });

  it("comes from the schemas and tables; if not, 'npm run docs' writes it anew", () => {
    const stale = hoverFiles().filter(({ file, text }) => !existsSync(join(root, file)) || readFileSync(join(root, file), 'utf8') !== text).map(({ file }) => file);
    expect(stale).to.deep.equal([]);
  });

  it('is what stands between /** and */, whatever the text', () => {
    for (const { text } of hoverFiles()) expect(text.match(/\*\//g)).to.have.lengthOf(text.match(/\/\*\*/g)?.length ?? -1);
  });
});
