import { parseNameAddr, parseUri } from '@nksip-ts/sip';
import { z } from 'zod';
import { digestAlgorithms } from '../digest/algorithm.js';
import { logLevels, type Logger } from '../log/log.js';
import { smallestMemory } from '../memory/limit.js';
import type { CoreOptionTexts } from './option-texts.generated.js';
import { bytes, certificatesByName, count, flag, line, list, listenText, milliseconds, networks, oneLine, openSockets, origins, passwords, seconds, secret, tokens } from './types.js';

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
  sip_listen: listenText("Where to listen, for example 'sip:all:5060, sips:all:5061'. Unset: the service does not listen, but can send requests and receive their responses."),
  sip_local_host: host("Host in Via and Contact over IPv4. 'auto' or '': the address of the listener.").meta(fixed),
  sip_local_host6: host('The same over IPv6.').meta(fixed),
  sip_domains: list('Domains that this service serves; a request for another domain gets a 404. Unset: all domains.'),
  sip_events: tokens('Event packages to accept. They are listed in Allow-Events.'),
  sip_event_expires: seconds('How long a subscription lasts if neither the SUBSCRIBE nor the reply to it says so.', 3600, { min: 1 }),
  sip_unsolicited_notify: flag('Whether sip_notify is also called for a NOTIFY that belongs to no subscription, as old switches send them for message-summary. false: it gets a 481 (RFC 6665 4.1.3).', false),
  sip_allow: tokens('Methods for the Allow header, instead of those whose callbacks are implemented.'),
  sip_supported: tokens('Option tags that requests may require; they are listed in Supported. Unset: none.'),
  sip_accept: list('Media types for the Accept header of the response to OPTIONS. Unset: */*.'),
  sip_route: list('Route set of the requests that the service sends, for example <sip:proxy.example.com;lr>.'),
  sip_digest_algorithms: z.array(z.enum(digestAlgorithms)).min(1).readonly().transform((names) => [...new Set(names)]).default(['MD5'])
    .meta({ type: `a list of ${digestAlgorithms.map((name) => `'${name}'`).join(', ')}`, description: 'Digest algorithms to offer, with one challenge for each, in this order. Many clients cannot sign in unless MD5 is the first.' }),
  sip_digest_without_qop: z.enum(['accept', 'refuse']).default('accept')
    .meta({ type: "'accept' or 'refuse'", description: "Whether to accept digest credentials without qop, which Pidgin and old phones send. They are accepted with MD5 only, for one request per nonce. Processes that share sip_secret do not know which nonces the others have seen: use 'refuse' there, which is the default of serve with several workers." }),
  sip_digest_uri: z.enum(['check', 'ignore']).default('check')
    .meta({ type: "'check' or 'ignore'", description: "Whether the uri in digest credentials must be the Request-URI; if it is not, the request gets a 400. Use 'ignore' if a proxy rewrites the Request-URI, and for SIPp. Then somebody who intercepts credentials can use them for another address." }),
  sip_nonce_timeout: seconds('How long a nonce is valid.', 30, { min: 1 }),
  sip_pass: passwords('Passwords for challenges to requests that the service sends. The user is the one in From unless user is given.'),
  sip_no_100: flag('Whether to omit the automatic 100 for requests that take long to answer.', false),
  sip_timer_t1: milliseconds('T1 of RFC 3261: an estimate of the round-trip time.', 500, { min: 1, max: 60_000 }),
  sip_timer_t2: milliseconds('T2 of RFC 3261: the longest time between two retransmissions.', 4000, { min: 1, max: 600_000 }),
  sip_timer_t4: milliseconds('T4 of RFC 3261: how long a message may stay in the network.', 5000, { min: 0, max: 600_000 }),
  sip_secret: secret('The secret from which To tags, nonces and, unless sip_event_compositor_secret is set, entity-tags are derived. Unset: random at each start. Set the same one in all processes that serve the same address.').meta(fixed),
  sip_max_memory: z.int().min(smallestMemory).optional().meta({
    type: `bytes, from ${smallestMemory} up`,
    description: 'The memory that the service may use because of what others sent: publications, subscriptions, pending requests, connections, unfinished messages, unsent bytes, finished transactions, refused INVITEs, failed sign-ins. Beyond: new requests get a 503 with Retry-After. Unset: half of what the process may use; if one process runs several services, set it for each.',
  }),
  sip_max_calls: count('Requests that may be pending at a time, in each direction; beyond: 503 with Retry-After. Also the subscriptions that the service may have with others; beyond: uac.subscribe rejects with queue_full.', 100_000, { min: 1 }),
  sip_max_request_rate: count('New requests a second from one source (an IPv4 address or an IPv6 /64), counting malformed ones and CANCELs; for each, ten retransmissions are allowed. Beyond: 503 with Retry-After, at most as many a second; further requests are dropped. 0: no limit. The default is 0 because a proxy is one source, too, unless sip_trusted_proxies lists it.', 0, { max: 1_000_000 }),
  sip_max_request_burst: count('New requests that one source may send at once before sip_max_request_rate applies.', 100, { min: 1, max: 1_000_000 }),
  sip_trusted_proxies: networks('Addresses and networks of proxies, each of which sends requests for many users. sip_max_request_rate does not apply to them, failed sign-ins from there are counted by user only, and a response over UDP may be more than three times as large as its request. Do not list an address that others can forge. Unset: none.'),
  sip_asserted_identity: flag('Whether those in sip_trusted_proxies may say who sends a request, by P-Asserted-Identity (RFC 3325): it is then in req.assertedIdentity. Each of them must sign its users in, and remove what they wrote there themselves; a load balancer or a reverse proxy does not.', false),
  sip_max_auth_failures: count('Failed sign-ins of one user from one source before a pause, or ten times as many of all users from one source. The pause lasts 1 second and doubles with each further failure, up to 60 seconds. During a pause, requests with credentials from there get a 503 with Retry-After, and the credentials are not checked. 0: no pauses.', 10, { max: 1_000_000 }),
  sip_max_transaction_bytes: bytes('Size of the responses that are kept for retransmissions. When full, the oldest are dropped.', 64 * 1024 * 1024, { min: 65_536 }),
  sip_max_message_size: bytes('The size of the largest message that is accepted.', 131_072, { min: 1024, max: 16 * 1024 * 1024 }).meta(fixed),
  sip_max_headers: count('Header lines that one message may have.', 256, { min: 16, max: 10_000 }).meta(fixed),
  sip_max_header_size: bytes('The size of the longest header field that is accepted, including its folded lines.', 8192, { min: 256, max: 32_768 }).meta(fixed),
  sip_max_uri_size: bytes('The size of the longest Request-URI that is accepted. Beyond: 414.', 2048, { min: 64, max: 8192 }).meta(fixed),
  sip_udp_max_size: bytes('Larger requests that the service sends go over TCP (RFC 3261 18.1.1).', 1300, { min: 512, max: 65_507 }),
  sip_udp_client_socket: flag('Whether requests that the service sends over UDP leave from a socket of their own, even if the service has a UDP listener. Needed if several processes listen on one address, since a response sent there reaches any of them. Then a request without Contact also fails at once if nobody listens at the target (ICMP).', false).meta(fixed),
  sip_udp_batch: z.union([z.literal('auto'), z.literal(false)]).default('auto').meta({ type: "'auto' or false", description: "'auto': UDP datagrams are received and sent many at a time, which takes less CPU time, where that works: on Linux, with the optional package koffi, and not where the workers of node:cluster share a socket. A test at start finds out. false: one at a time, and with several workers of serve all of them read from one socket." }).meta(fixed),
  sip_udp_sockets: openSockets('UDP sockets that this process was started with, open and bound, by the address and port that they are bound to: where sip_listen has the same address and port, the service receives on that socket instead of one that it binds. So whoever starts several processes can give each a socket of its own at one port (SO_REUSEPORT), as serve does with several workers. Unset: none.').meta(fixed),
  sip_udp_receive_buffer: bytes('Receive buffer to request from the system for each UDP socket; the system may give less.', 4 * 1024 * 1024, { min: 65_536 }).meta(fixed),
  sip_max_connections: count('Connections at a time that peers opened, or that the service opened to send them a response: TCP, TLS and WebSocket together.', 10_000, { min: 1 }).meta(fixed),
  sip_max_connections_per_address: count('Of these, from one IPv4 address or one IPv6 /64.', 1000, { min: 1 }).meta(fixed),
  sip_max_unsent_bytes: bytes('Data written to one connection that the peer has not read yet, in at most 4,096 messages. Beyond: the connection is closed.', 1024 * 1024, { min: 65_536 }).meta(fixed),
  sip_idle_timeout: seconds('A connection without any traffic for this time is closed.', 600, { min: 1 }).meta(fixed),
  sip_message_timeout: seconds('The time for a message to be complete after its first byte, for a TLS handshake, and for the HTTP request of a WebSocket. Also, a connection is closed if its peer reads none of the data sent to it for this time.', 32, { min: 1 }).meta(fixed),
  sip_connect_timeout: seconds('The time for opening a connection.', 10, { min: 1 }).meta(fixed),
  sip_drain_timeout: seconds('How long `drain` waits for pending requests.', 10),
  sip_ws_ping: seconds('The time between two pings to a WebSocket client. A client that has sent nothing by the time of the next ping is disconnected. 0: no pings.', 30).meta(fixed),
  sip_ws_origins: origins('Origins whose pages may open a WebSocket; others are refused with 403. Unset: all. A client that sends no Origin is not a browser, and is accepted.').meta(fixed),
  sip_trace: flag('Log every message sent and received, at level info.', false),
  log_level: z.enum(logLevels).default('warn').meta({ type: `one of ${logLevels.map((level) => `'${level}'`).join(', ')}`, description: 'What is logged: this level and the more severe ones.' }),
  logger: z.custom<Logger>(isLogger).optional().meta({ type: 'an object with level, isLevelEnabled, debug, info, warn, error; for the console leave `logger` out', description: 'A logger of your own, such as a pino instance; log_level does not apply to it, unless it has setLevel. Control characters from received data are escaped in messages, but not in fields.' }).meta(fixed),
  tls_certfile: line('PEM file with the certificate and its chain. Unset: the service makes a self-signed certificate in memory at start.'),
  tls_keyfile: line('PEM file with the private key. Unset: the key is in tls_certfile.'),
  tls_cafile: line('PEM file with the authorities to trust, instead of those that Node.js trusts.'),
  tls_password: z.string().optional().meta({ type: 'a text', description: 'Password of the private key.', secret: true }),
  tls_sni: certificatesByName('Certificates by the name that a client asks for (SNI). tls_certfile is for all other names. A wildcard matches one label.'),
  tls_reload_interval: seconds('The time between two checks of the tls_* files for changes. New connections use changed files. 0: the files are read once.', 60),
  tls_verify: flag('As a client: whether the certificate of the server must be valid and name it.', true).meta(fixed),
  tls_require_certificate: flag('As a server: whether a client must present a certificate signed by an authority in tls_cafile, which must be set then.', false).meta(fixed),
  tls_self_signed: flag('Whether to make a self-signed certificate if tls_certfile is not set. false: a missing tls_certfile is an error at start.', true).meta(fixed),
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
