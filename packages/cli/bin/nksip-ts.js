#!/usr/bin/env node
import { fileURLToPath } from 'node:url';

const { endWithOutput, main } = await import('../dist/main.js').catch(notBuilt);
endWithOutput();
process.exitCode = await main(process.argv.slice(2));

/** A checkout in which something is still to be done has one sentence, and no stack. */
function notBuilt(error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  console.error(`nksip-ts: It is not built yet: run 'npm ci && npm run build' in ${fileURLToPath(new URL('../../../', import.meta.url))}`);
  process.exit(1);
}
