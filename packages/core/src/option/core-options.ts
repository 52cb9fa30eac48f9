import { parseNameAddr, parseUri } from '@nksip-ts/sip';
import { z } from 'zod';
import { digestAlgorithms } from '../digest/algorithm.js';
import { logLevels, type Logger } from '../log/log.js';
import { smallestMemory } from '../memory/limit.js';
import type { CoreOptionTexts } from './option-texts.js';
import { bytes, certificatesByName, count, flag, line, list, listenText, milliseconds, networks, oneLine, origins, passwords, seconds, secret, tokens } from './types.js';

function isAddress(text: string): boolean {
  const address = parseNameAddr(text);
  return address !== undefined && parseUri(address.uri) !== undefined;
}

const host = (description: string) =>
  z.union([z.literal(''), oneLine()]).transform((value) => value === '' ? 'auto' : value).default('auto')
    .meta({ type: "a host name, an IP address or 'auto'", description });

/** Of sockets that are open, of the logger, or of what clients were told: a running service cannot change it. */
const fixed = { fixed: true };

/** The options that every service has, with NkSIP's names where NkSIP has them. */
export const coreOptions = z.object({
  sip_from: oneLine().refine(isAddress, 'it is not an address').default('sip:user@nksip').meta({ type: 'a URI, with or without a display name', description: 'From of the requests that the service sends.' }),
  sip_listen: listenText("Where to listen, for example 'sip:all:5060, sips:all:5061'. Unset: nowhere; answers to requests of ours still arrive."),
  sip_local_host: host("Host in Via and Contact over IPv4. 'auto' or '' takes the address of the listener.").meta(fixed),
  sip_local_host6: host('The same over IPv6.').meta(fixed),
  sip_domains: list('Domains that are ours: requests for others are answered 404. Unset: every one is.'),
  sip_events: tokens('Event packages that are accepted; they are listed in Allow-Events.'),
  sip_allow: tokens('Methods for Allow, instead of those that somebody serves.'),
  sip_supported: tokens('Extensions that requests may require, for Supported. Unset: none.'),
  sip_accept: list('Media types for Accept in the answer to OPTIONS. Unset: */*.'),
  sip_route: list('Route set of the requests that the service sends, for example <sip:proxy.example.com;lr>.'),
  sip_digest_algorithms: z.array(z.enum(digestAlgorithms)).min(1).readonly().transform((names) => [...new Set(names)]).default(['MD5'])
    .meta({ type: `a list of ${digestAlgorithms.map((name) => `'${name}'`).join(', ')}`, description: 'One challenge for each, in this order. Many clients give up unless the first one is MD5.' }),
  sip_digest_without_qop: z.enum(['accept', 'refuse']).default('accept')
    .meta({ type: "'accept' or 'refuse'", description: "Whether credentials without qop can sign in, as Pidgin and old telephones send them: with MD5, and for one request a nonce. Processes that share sip_secret do not tell each other which nonces were used: refuse them there, as serve does with several workers unless this is set." }),
  sip_digest_uri: z.enum(['check', 'ignore']).default('check')
    .meta({ type: "'check' or 'ignore'", description: "Whether credentials must name the Request-URI; those that name another one are answered 400. 'ignore' is for proxies that rewrite the Request-URI, and for SIPp: whoever intercepts credentials can then use them for another address." }),
  sip_nonce_timeout: seconds('For so long the nonce of a challenge can be used.', 30, { min: 1 }),
  sip_pass: passwords('Answers challenges to the requests that the service sends, as the user of From unless it names one.'),
  sip_no_100: flag('No automatic 100 for requests whose answer takes long.', false),
  sip_timer_t1: milliseconds('T1 of RFC 3261: an estimate of the round trip.', 500, { min: 1, max: 60_000 }),
  sip_timer_t2: milliseconds('T2 of RFC 3261: the longest time between two retransmissions.', 4000, { min: 1, max: 600_000 }),
  sip_timer_t4: milliseconds('T4 of RFC 3261: how long a message may stay in the network.', 5000, { min: 0, max: 600_000 }),
  sip_secret: secret('What To tags, the nonces of challenges and, unless sip_event_compositor_secret is set, entity-tags are derived from. Unset: random at each start. Processes that answer on one address share it.').meta(fixed),
  sip_max_memory: z.int().min(smallestMemory).optional().meta({
    type: `bytes, from ${smallestMemory} up`,
    description: 'What the service may hold because of what others sent: publications, requests under way, connections, unfinished messages, unsent bytes, finished transactions, refused INVITEs, failed sign-ins. Beyond: 503 with Retry-After for what is new. Unset: half of what the process may have; several services in one process each need a share.',
  }),
  sip_max_calls: count('Requests that may be under way at a time, each way. Beyond: 503 with Retry-After.', 100_000, { min: 1 }),
  sip_max_request_rate: count('New requests a second from one source, an IPv4 address or an IPv6 /64, malformed ones and CANCELs too; ten retransmissions for each. Beyond: 503 with Retry-After, to at most as many a second; what is more gets no answer. 0: no limit, for a proxy is one source, too, unless sip_trusted_proxies names it.', 0, { max: 1_000_000 }),
  sip_max_request_burst: count('New requests that one source may send at once before sip_max_request_rate counts.', 100, { min: 1, max: 1_000_000 }),
  sip_trusted_proxies: networks('Addresses and networks of proxies, each of which sends for many: sip_max_request_rate is not for them, failed sign-ins from there count by user alone, and an answer over UDP may be larger than three times its request. Name none whose address others can forge. Unset: none.'),
  sip_max_auth_failures: count('Failed sign-ins of one user at one source, or ten times as many of any users at it, before a pause: 1 second, twice as long after each further failure, up to 60. Until it is over, credentials from there are answered 503 with Retry-After, unread. 0: they are not counted.', 10, { max: 1_000_000 }),
  sip_max_transaction_bytes: bytes('Answers kept for retransmissions. When full the oldest go first.', 64 * 1024 * 1024, { min: 65_536 }),
  sip_max_message_size: bytes('The largest message taken.', 131_072, { min: 1024, max: 16 * 1024 * 1024 }).meta(fixed),
  sip_max_headers: count('Header lines that one message may have.', 256, { min: 16, max: 10_000 }).meta(fixed),
  sip_max_header_size: bytes('The longest header field taken, its folds counted.', 8192, { min: 256, max: 32_768 }).meta(fixed),
  sip_max_uri_size: bytes('The longest Request-URI taken. Beyond: 414.', 2048, { min: 64, max: 8192 }).meta(fixed),
  sip_udp_max_size: bytes('A request of ours that is larger goes over TCP (RFC 3261 18.1.1).', 1300, { min: 512, max: 65_507 }),
  sip_udp_client_socket: flag('Requests of ours go over UDP from a socket of their own, even where one listens. Needed where several processes listen on one address: an answer there reaches any of them. A request without Contact then also ends at once where nobody listens at the target (ICMP).', false).meta(fixed),
  sip_udp_receive_buffer: bytes('Asked of the system for each UDP socket; it may give less.', 4 * 1024 * 1024, { min: 65_536 }).meta(fixed),
  sip_max_connections: count('Connections at a time that peers opened, or that were opened to answer them: TCP, TLS and WebSocket together.', 10_000, { min: 1 }).meta(fixed),
  sip_max_connections_per_address: count('Of these, from one IPv4 address or one IPv6 /64.', 1000, { min: 1 }).meta(fixed),
  sip_max_unsent_bytes: bytes('Written to one connection and not taken by the peer, in at most 4,096 messages. Beyond: it is closed.', 1024 * 1024, { min: 65_536 }).meta(fixed),
  sip_idle_timeout: seconds('A connection on which nothing moves for so long is closed.', 600, { min: 1 }).meta(fixed),
  sip_message_timeout: seconds('A message must be complete so long after its first byte, a TLS handshake or the request for a WebSocket so long after its start. A peer that takes nothing for so long of what is written to it is closed.', 32, { min: 1 }).meta(fixed),
  sip_connect_timeout: seconds('For connections that we open.', 10, { min: 1 }).meta(fixed),
  sip_drain_timeout: seconds('How long `drain` waits for requests that are under way.', 10),
  sip_ws_ping: seconds('Between two pings of ours to the client of a WebSocket; who sends nothing until the next one is due is gone. 0: no pings.', 30).meta(fixed),
  sip_ws_origins: origins('Origins whose pages may open a WebSocket; others are refused with 403. Unset: all. A client that sends no Origin is no browser, and is taken.').meta(fixed),
  sip_trace: flag('Log every message sent and received, at level info.', false),
  log_level: z.enum(logLevels).default('warn').meta({ type: `one of ${logLevels.map((level) => `'${level}'`).join(', ')}`, description: 'What is logged: this level and the more severe ones.' }).meta(fixed),
  logger: z.custom<Logger>(isLogger).optional().meta({ type: 'an object with level, isLevelEnabled, debug, info, warn, error; for the console leave `logger` out', description: 'A logger of your own, such as a pino instance; log_level does not apply to it. Its messages have no control characters of strangers; its fields are as they came.' }).meta(fixed),
  tls_certfile: line('PEM file with the certificate and its chain. Unset: one is made in memory at start.'),
  tls_keyfile: line('PEM file with the private key. Unset: it is in tls_certfile.'),
  tls_cafile: line('PEM file with the authorities to trust, instead of the well-known ones.'),
  tls_password: z.string().optional().meta({ type: 'a text', description: 'Password of the private key.', secret: true }),
  tls_sni: certificatesByName('Certificates for the names that clients ask for (SNI), beside the one of tls_certfile, which is for all other names. A wildcard stands for one label.'),
  tls_reload_interval: seconds('Between two looks at the files of tls_*. What changed is used for connections from then on. 0: they are read once.', 60),
  tls_verify: flag('As a client: whether the certificate of the server must be valid and name it.', true).meta(fixed),
  tls_require_certificate: flag('As a server: whether a client must show a certificate that an authority in tls_cafile, which is needed then, has signed.', false).meta(fixed),
  tls_self_signed: flag('Whether a certificate is made when none is given; false makes that an error at start.', true).meta(fixed),
});

/** What may be written in `start` for core. */
export type CoreOptions = z.input<typeof coreOptions> & CoreOptionTexts;

/** The configuration of a service: options parsed, defaults filled in, lists made arrays. */
export type ServiceConfig = Readonly<z.output<typeof coreOptions>> & {
  /** All plugins in the order in which they are asked, dependents before what they depend on. */
  readonly plugins: readonly string[];
};

function isLogger(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const methods: ReadonlyMap<string, unknown> = new Map(['isLevelEnabled', 'debug', 'info', 'warn', 'error'].map((name) => [name, Reflect.get(value, name)]));
  return [...methods.values()].every((method) => typeof method === 'function');
}
