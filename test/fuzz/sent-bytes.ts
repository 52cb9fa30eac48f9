import { Trace } from '../../packages/core/src/trace.ts';

type Listener = (bytes: Uint8Array, address: string) => void;

const listeners = new Set<Listener>();
const send = Trace.prototype.sent;

/** Every message passes here on its way out. A log shows it with what is unprintable escaped: that is not what was sent. */
Trace.prototype.sent = function sent(this: Trace, bytes, transport, address, port): void {
  for (const listener of listeners) listener(bytes, address);
  send.call(this, bytes, transport, address, port);
};

/** Tells what any service of this process sends; answers how to end that. */
export function onSent(listener: Listener): () => void {
  listeners.add(listener);
  return () => { listeners.delete(listener); };
}
