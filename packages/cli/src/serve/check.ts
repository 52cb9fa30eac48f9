import { freePorts, optionChecker } from '@nksip-ts/core';
import '@nksip-ts/event-compositor';
import { readArguments } from '../command-line/command-line.js';
import { exitCodes, type ExitCode } from '../command-line/exit-codes.js';
import { placed } from '../command-line/option-place.js';
import { invocationOf, serveFlags, type Invocation } from '../config/invocation.js';
import { trialStart } from '../process/trial-start.js';
import { whatToServeHelp, workersOf } from './serve.js';
import { faultLog } from '../output/service-log.js';
import { endSoon } from '../process/stop-signals.js';
import { print, printPage } from '../output/terminal.js';

export const checkHelp = `Usage: nksip-ts check [options]

Tells whether serve would start with these options; if not, what is wrong, and exit code 1.
It starts the service on ports that are free, so that one that runs is not in its way, and
stops it at once: whether a port is taken, or may be bound at all, is not tried. Run it as
the user that serve runs as, for what that user may read and write is part of the answer.

${whatToServeHelp}`;

export async function check(args: readonly string[]): Promise<ExitCode> {
  const parsed = readArguments(args, serveFlags);
  if (parsed.flags['help'] === true) {
    printPage(checkHelp);
    return exitCodes.ok;
  }
  const workers = workersOf(parsed, 'check');
  try {
    const invocation = await invocationOf(parsed);
    const { sip_listen: listen } = invocation.options;
    await trialStart({ ...invocation, options: await placed(invocation.places, harmless(invocation)) }, workers > 1, faultLog('warn'));
    print(`${invocation.config.file ?? 'The command line'} is good: ${invocation.name} would start, and listen on ${String(listen ?? '') || 'nothing'} unless a port there is taken.`);
    return exitCodes.ok;
  } finally {
    endSoon();
  }
}

/** The same options with ports that are free, and a store that does nothing of itself, where the service has one. */
async function harmless({ options, folders }: Invocation): Promise<Invocation['options']> {
  const { sip_listen: listen, plugins, sip_event_compositor_store_maintenance: maintains = true } = options;
  const canBe = await optionChecker(Array.isArray(plugins) ? plugins : [], folders);
  return {
    ...options,
    ...(typeof listen === 'string' && { sip_listen: freePorts(listen) }),
    ...(maintains === true && canBe('sip_event_compositor_store_maintenance', false) === true && { sip_event_compositor_store_maintenance: false }),
  };
}
