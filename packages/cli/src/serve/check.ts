import { freePorts, optionChecker } from '@nksip-ts/core';
import '@nksip-ts/event-compositor';
import { readArguments } from '../command-line/command-line.js';
import { exitCodes, type ExitCode } from '../command-line/exit-codes.js';
import { placed } from '../command-line/option-place.js';
import { withEnvironmentFlags } from '../config/environment.js';
import { invocationOf, serveFlags, type Invocation } from '../config/invocation.js';
import { trialStart, withFreePage } from '../process/trial-start.js';
import '../users/plugin.js';
import { whatToServeHelp } from './serve.js';
import { workersOf } from '../command-line/workers-flag.js';
import { faultLog } from '../output/service-log.js';
import { endSoon } from '../process/stop-signals.js';
import { print, printPage } from '../output/terminal.js';

export const checkHelp = `Usage: nksip-ts check [options]

Says whether serve would start with these options. If not, says what is wrong and exits
with 1. It starts the service on free ports, so that it does not disturb a running one, and
stops it at once: it does not test whether the configured ports are free or may be bound.
Run it as the user that runs serve, since the result depends on what that user may read
and write.

${whatToServeHelp}`;

export async function check(args: readonly string[]): Promise<ExitCode> {
  const parsed = withEnvironmentFlags(readArguments(args, serveFlags), process.env);
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
    ...withFreePage(options),
    ...(maintains === true && canBe('sip_event_compositor_store_maintenance', false) === true && { sip_event_compositor_store_maintenance: false }),
  };
}
