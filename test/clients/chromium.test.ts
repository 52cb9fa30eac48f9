import { build } from 'esbuild';
import { closeAll, later } from '../wire/running.ts';
import { Browser, PageServer } from './browser.ts';
import { expectLifecycle, serviceForWebSocket } from './publications-seen.ts';
import type { Outcome } from './sip-js.ts';
import { requireTool } from './tools.js';

/** SIP.js and what the page does with it, in one script. */
async function scriptFor(url: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { lifecycle } from './sip-js.ts';
        const tell = (outcome) => fetch('/outcome', { method: 'POST', body: JSON.stringify(outcome) });
        lifecycle(${JSON.stringify(url)}, 'erin').then(tell, (error) => tell({ error: String(error) }));`,
      resolveDir: import.meta.dirname,
    },
    bundle: true, write: false, format: 'iife', platform: 'browser', target: 'es2022', logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

function outcomeOf(text: string): Outcome {
  const outcome = JSON.parse(text) as Outcome | { readonly error: string };
  if ('error' in outcome) throw new Error(outcome.error);
  return outcome;
}

describe('SIP.js in Chromium as the client', function () {
  this.timeout(60_000);

  before(function () {
    requireTool(this, 'chromium', 'chromium');
  });

  afterEach(closeAll);

  for (const etag of ['keep', 'renew'] as const) {
    it(`D39 D40 D41 a page publishes, refreshes, modifies and removes (tags: ${etag})`, async () => {
      const page = await PageServer.start();
      later(() => page.stop());
      const { service, url, seen } = await serviceForWebSocket(etag, page.origin);
      later(() => service.stop());
      page.serve(await scriptFor(url));
      const browser = await Browser.open(page.origin);
      later(() => browser.close());
      expectLifecycle(outcomeOf(await Promise.race([page.outcome(), browser.ended()])), seen, etag);
    });
  }
});
