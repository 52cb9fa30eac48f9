import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { needBatch } from './sockets.ts';

const child = fileURLToPath(new URL('koffi-child.ts', import.meta.url));
const notInstalled = new URL('../kit/without-koffi.mjs', import.meta.url).href;

/** What asks for koffi gets a module of this text. */
const koffiIs = (text: string): string => dataUrl(`
  import { register } from 'node:module';
  register(${JSON.stringify(dataUrl(`export const resolve = (specifier, context, next) => specifier === 'koffi'
    ? { url: ${JSON.stringify(dataUrl(text))}, format: 'module', shortCircuit: true } : next(specifier, context);`))});`);

function dataUrl(text: string): string {
  return `data:text/javascript,${encodeURIComponent(text)}`;
}

/** The real one, with another answer of one of its functions. */
const changed = (name: string, answer: string) => (): string => koffiIs(`
  import koffi from ${JSON.stringify(import.meta.resolve('koffi'))};
  const change = (real) => (...of) => { const answer = real(...of); return ${answer}; };
  const load = (library) => ({ func: (text) => { const real = koffi.load(library).func(text); return /\\b${name}\\(/.test(text) ? change(real) : real; } });
  export default { ...koffi, load };`);

async function linesWith(koffi: string): Promise<string[]> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const args = ['--no-experimental-require-module', '--import', koffi, '--import', 'tsx', '-C', '@nksip-ts/source', child];
  return JSON.parse((await promisify(execFile)(process.execPath, args, { env })).stdout) as string[];
}

describe('datagrams one by one', () => {
  for (const [what, koffi, reason] of [
    ['is not installed', notInstalled, "Cannot find package 'koffi'"],
    ['throws when it is loaded', koffiIs("throw new Error('no binary for this machine')"), 'no binary for this machine'],
    ['is another module altogether', koffiIs('export const a = 1'), 'does not provide|undefined'],
    ['cannot load the library of the system', koffiIs("export default { load() { throw new Error('libc.so.6: no such file') } }"), 'libc.so.6: no such file'],
    ['gets no memory of the system', changed('mmap', '-1n'), 'mmap'],
    ['loses a datagram', changed('recvmmsg', 'Math.max(0, answer - 1)'), 'did not arrive'],
    ['can send nothing', changed('sendmmsg', '-1'), 'sendmmsg'],
  ] as [string, string | (() => string), string][]) {
    it(`sip_udp_batch: go one by one where koffi ${what}, and the reason is logged once`, async function () {
      if (typeof koffi !== 'string') await needBatch(this);
      const [first, note, second, ...more] = await linesWith(typeof koffi === 'string' ? koffi : koffi());
      expect([first, second, more]).to.deep.equal(['answer 1', 'answer 2', []]);
      expect(note).to.match(/^datagrams are received and sent one by one, since the calls for many are not there: /).and.match(new RegExp(reason));
    });
  }
});
