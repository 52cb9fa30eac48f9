import { commands, usageEnd } from '../../packages/cli/src/main.js';
import { manPage } from '../../packages/cli/src/command-line/man-page.js';
import type { HoverFile } from './hover.js';

/** The man page of the command. */
export function manFile(): HoverFile {
  return { file: 'packages/cli/man/nksip-ts.1', text: manPage(commands, usageEnd) };
}
