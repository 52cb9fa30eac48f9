import type { NksipError } from '../../packages/core/src/errors.ts';
import type { Flow, FlowUser } from '../../packages/core/src/transport/transport.ts';

/** Sends what is expected to arrive. */
export const sender: FlowUser = {
  transportFailed: (error) => { throw error; },
};

/** Why it could not be sent. */
export function sendError(flow: Flow, bytes: Uint8Array): Promise<NksipError> {
  return new Promise((transportFailed) => flow.send(bytes, { transportFailed }));
}

/** Resolves when the flow breaks. */
export function whenBroken(flow: Flow): Promise<NksipError> {
  return new Promise((transportFailed) => flow.watch({ transportFailed }));
}
