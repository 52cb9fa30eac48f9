import { NksipError, reasonOf } from './errors.js';
import type { ServiceEvents } from './events.js';
import type { Logger } from './log.js';

/** Tells a fault that the service survived: one line in the log and one `error` event. */
export function reportFault(service: string, events: ServiceEvents, log: Logger, thrown: unknown): void {
  const error = thrown instanceof NksipError ? thrown : new NksipError('internal', { reason: reasonOf(thrown) }, { cause: thrown });
  const { callback, plugin } = error.details;
  try {
    // Whoever connects can cause transport errors, as often as he likes.
    log[error.code === 'transport_error' ? 'info' : 'error']({ err: error }, error.message);
  } catch {
    // A logger that throws has nowhere to say so; those who watch are told of the fault all the same.
  }
  events.emit('error', {
    service, error,
    ...(typeof callback === 'string' ? { callback } : undefined),
    ...(typeof plugin === 'string' ? { plugin } : undefined),
  });
}
