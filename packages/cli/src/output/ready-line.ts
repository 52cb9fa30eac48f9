import { openedTransports, type Service } from '@nksip-ts/core';
import { usualContentTypes } from '@nksip-ts/event-compositor';
import { parseNameAddr, parseUri } from '@nksip-ts/sip';

type Options = Readonly<Record<string, unknown>>;
type Ready = Pick<Service, 'id' | 'addresses' | 'chain'>;

/** Where the service is, what to type to see it work, and, unless `listenGiven`, how to let others in. `realms`: those of its users. */
export function readyLine(service: Ready, options: Options, listenGiven: boolean, realms: readonly string[] = []): string {
  const open = listenGiven ? '' : '; to listen for the network: --listen sip:all:5060';
  return `${service.id} is ready on ${service.addresses.join(', ') || 'no address'}${exampleOf(service, options, realms)}${open}`;
}

function exampleOf(service: Ready, options: Options, realms: readonly string[]): string {
  const address = reachable(service.addresses);
  const domains = options['sip_domains'] === undefined ? undefined : listOf(options['sip_domains']);
  if (address === undefined || domains?.length === 0) return '';
  const signsIn = isAnswered(service, 'sip_authorize') && isAnswered(service, 'sip_get_user_pass');
  const to = whereTo(address, signsIn ? 'USER' : 'alice', realms.length > 0 ? realms : domains ?? (signsIn ? ownDomain(options) : undefined));
  const publish = service.chain('sip_publish').includes('event-compositor') ? publishCommand(options) : undefined;
  const command = publish === undefined ? `options ${to}` : `publish ${to} ${publish}`;
  // A certificate that was made at start can be verified by nobody.
  const insecure = address.endsWith(';transport=tls') ? ' --set tls_verify=false' : '';
  return signsIn
    ? `; try from a second terminal, as a USER who can sign in with PASSWORD: npx nksip-ts ${command} --pass PASSWORD${insecure}`
    : `; try from a second terminal: npx nksip-ts ${command}${insecure}`;
}

/** By more than core. */
function isAnswered(service: Ready, callback: string): boolean {
  return service.chain(callback).some((owner) => owner !== 'core');
}

/** The address that is the easiest to reach; none of a WebSocket, which only clients open. */
function reachable(addresses: readonly string[]): string | undefined {
  const [first] = openedTransports.flatMap((transport) => addresses.filter((address) => address.endsWith(`;transport=${transport}`)));
  return first;
}

/** Somebody at one of the `domains`, by way of the address, or at the address itself; where that is every interface, at this machine. */
function whereTo(address: string, user: string, domains: readonly string[] | undefined): string {
  const uri = address.replace(/;transport=(?:udp|(?<=^sips:.*)tls)$/, '').replace('0.0.0.0', '127.0.0.1').replace('[::]', '[::1]');
  const domain = domains?.includes(parseUri(uri)?.domain ?? '') === true ? undefined : domains?.[0];
  return domain === undefined ? shellQuoted(uri.replace(':', `:${user}@`)) : `${shellQuoted(`sip:${user}@${domain}`)} --proxy ${shellQuoted(uri)}`;
}

/** A semicolon ends a command, and some shells take brackets for a pattern. */
function shellQuoted(uri: string): string {
  return /[;[]/.test(uri) ? `'${uri}'` : uri;
}

/** That of sip_from, which is the realm of a challenge that names none. */
function ownDomain({ sip_from: from }: Options): readonly string[] | undefined {
  const domain = typeof from === 'string' ? parseUri(parseNameAddr(from)?.uri ?? '')?.domain : undefined;
  return domain === undefined ? undefined : [domain];
}

/** A package that takes any text, if there is one: the others want a document, which nobody types. */
function publishCommand(options: Options): string | undefined {
  const events = listOf(options['sip_events']);
  const typed = { ...usualContentTypes, ...tableOf(options['sip_event_compositor_content_types']) };
  const free = ['nkpublish', ...events].find((event) => events.includes(event) && !Object.hasOwn(typed, event));
  if (free !== undefined) return `--event ${free} --body hello`;
  return events[0] === undefined ? undefined : `--event ${events[0]} --body @FILE`;
}

function listOf(value: unknown): readonly string[] {
  const items = typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value.map(String) : [];
  return items.map((item) => item.trim()).filter((item) => item !== '');
}

function tableOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
