import type { Service } from '@nksip-ts/core';
import { usualContentTypes } from '@nksip-ts/event-compositor';

type Options = Readonly<Record<string, unknown>>;

/** Where the service is, what to type to see it work, and, unless `listenGiven`, how to let others in. */
export function readyLine(service: Pick<Service, 'id' | 'addresses' | 'chain'>, options: Options, listenGiven: boolean): string {
  const address = reachable(service.addresses);
  const command = service.chain('sip_publish').includes('event-compositor') ? publishCommand(options) : undefined;
  const example = address === undefined ? '' : `; try from a second terminal: ${exampleOf(address, command)}`;
  const open = listenGiven ? '' : '; to listen for the network: --listen sip:all:5060';
  return `${service.id} is ready on ${service.addresses.join(', ') || 'no address'}${example}${open}`;
}

/** The address that is the easiest to reach; none of a WebSocket, which only clients open. */
function reachable(addresses: readonly string[]): string | undefined {
  const [first] = ['udp', 'tcp', 'tls'].flatMap((transport) => addresses.filter((address) => address.endsWith(`;transport=${transport}`)));
  return first;
}

/** A package that takes any text, if there is one: the others want a document, which nobody types. */
function publishCommand(options: Options): string | undefined {
  const events = listOf(options['sip_events']);
  const typed = { ...usualContentTypes, ...tableOf(options['sip_event_compositor_content_types']) };
  const free = ['nkpublish', ...events].find((event) => events.includes(event) && !Object.hasOwn(typed, event));
  if (free !== undefined) return `--event ${free} --body hello`;
  return events[0] === undefined ? undefined : `--event ${events[0]} --body @FILE`;
}

function exampleOf(address: string, publish: string | undefined): string {
  // A certificate that was made at start can be verified by nobody.
  const insecure = address.endsWith(';transport=tls') ? ' --set tls_verify=false' : '';
  return `npx nksip-ts ${publish === undefined ? 'options' : 'publish'} ${exampleUri(address)}${publish === undefined ? '' : ` ${publish}`}${insecure}`;
}

/** Somebody at the address; where that is every interface, at this machine. */
function exampleUri(address: string): string {
  const uri = address.replace(/;transport=udp$/, '').replace('0.0.0.0', '127.0.0.1').replace('[::]', '[::1]').replace(':', ':alice@');
  // A semicolon ends a command, and some shells take brackets for a pattern.
  return /[;[]/.test(uri) ? `'${uri}'` : uri;
}

function listOf(value: unknown): readonly string[] {
  const items = typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value.map(String) : [];
  return items.map((item) => item.trim()).filter((item) => item !== '');
}

function tableOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
