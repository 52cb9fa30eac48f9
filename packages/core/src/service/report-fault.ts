import { NksipError, reasonOf } from '../errors.js';
import type { ServiceEvents } from '../events.js';
import type { Logger } from '../log/log.js';
import { isHangUp } from '../transport/system-error.js';

/** Tells a fault that the service survived: one line in the log and one `error` event. `asked`: the callback that it belongs to, unless the fault says so. */
export function reportFault(service: string, events: ServiceEvents, log: Logger, thrown: unknown, asked?: string): void {
  const error = thrown instanceof NksipError ? thrown : new NksipError('internal', { reason: reasonOf(thrown) }, { cause: thrown });
  const { callback = asked, plugin } = error.details;
  try {
    log[levelOf(error)]({ err: error }, error.message);
  } catch {
    // A logger that throws has nowhere to say so; those who watch are told of the fault all the same.
  }
  events.emit('error', {
    service, error,
    ...(typeof callback === 'string' ? { callback } : undefined),
    ...(typeof plugin === 'string' ? { plugin } : undefined),
  });
}

/**
 * Any peer can cause transport errors as often as it likes; but that a bound is reached is told once until it is over. That a
 * peer went away is no fault: health checks do it all day.
 */
function levelOf({ code, details, cause }: NksipError): 'error' | 'warn' | 'info' | 'debug' {
  if (code !== 'transport_error') return 'error';
  if (isHangUp(cause)) return 'debug';
  return details['option'] === undefined ? 'info' : 'warn';
}
