import { messageSent, type MessageSent } from './diagnostics.js';
import type { Logger } from './log/log.js';
import { INDENT, printable, shortTag } from './log/printable.js';
import { wholeOf } from './transport/head-and-body.js';
import type { Flow, Source, Target } from './transport/transport.js';

/** Values that let somebody else in, folds included: what stands after the scheme is not for a log. */
const secrets = /^((?:Proxy-)?Authorization[ \t]*:(?:[ \t]|\r?\n[ \t])*[A-Za-z0-9-]*)(?:[^\r\n]|\r(?!\n)|\r?\n[ \t])*/gim;

/** The same of entity-tags. */
const tags = /^(SIP-(?:ETag|If-Match)[ \t]*:(?:[ \t]|\r?\n[ \t])*)(\S+)(?:[^\r\n]|\r(?!\n)|\r?\n[ \t])*/gim;

/** The text of a message as a log may have it: no credentials, and no whole entity-tag. */
export function redacted(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return text.replace(secrets, '$1 [redacted]').replace(tags, (_line, name: string, tag: string) => `${name}${shortTag(tag)}...`);
}

/** The same as lines of a log: its CRLFs are line ends, and nothing else is. */
function indented(text: string): string {
  return text.split('\r\n').map((line) => line === '' ? '\n' : `\n${INDENT}${printable(line)}`).join('');
}

/** The messages of a service, one log entry each at level info (`sip_trace`), and those sent for who listens with node:diagnostics_channel. */
export class Trace {
  /** `isOn`: `sip_trace`; an update changes it. */
  constructor(private readonly log: Logger, public isOn: boolean, private readonly service = '') {}

  received(bytes: Uint8Array, source: Source): void {
    if (this.isOn) this.#line('received from', source, source.address, source.port, bytes);
  }

  sent(bytes: Uint8Array, transport: string, address: string, port: number): void {
    if (this.isOn) this.#line('sent to', { transport }, address, port, bytes);
    if (messageSent.hasSubscribers) messageSent.publish({ service: this.service, transport, address, port, bytes } satisfies MessageSent);
  }

  /** The way to `target`, whose requests are told. */
  watch(flow: Flow, target: Pick<Target, 'address' | 'port'>): Flow {
    if (!this.isOn && !messageSent.hasSubscribers) return flow;
    const { transport, localAddress, localPort, isUsed } = flow;
    return {
      transport, localAddress, localPort, isUsed,
      send: (bytes, sender) => {
        this.sent(wholeOf(bytes), transport, target.address, target.port);
        flow.send(bytes, sender);
      },
      flush: () => flow.flush?.(),
      watch: (user) => flow.watch(user),
      unwatch: (user) => flow.unwatch(user),
      release: () => flow.release(),
    };
  }

  #line(what: string, { transport }: { readonly transport: string }, address: string, port: number, bytes: Uint8Array): void {
    if (!this.log.isLevelEnabled('info')) return;
    this.log.info({ trace: what, transport, address, port }, `${what} ${transport} ${address}:${port}${indented(redacted(bytes))}`);
  }
}
