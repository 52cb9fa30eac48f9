// Written by 'npm run docs': what an editor shows at these names.

export interface CoreOptionTexts {
  /**
   * From of the requests that the service sends.
   *
   * Value: a URI, with or without a display name. Default: "sip:user@nksip".
   */
  readonly sip_from?: unknown;
  /**
   * Where to listen, for example 'sip:all:5060, sips:all:5061'. Unset: nowhere; answers to requests of ours still arrive.
   *
   * Value: a text on one line.
   */
  readonly sip_listen?: unknown;
  /**
   * Host in Via and Contact over IPv4. 'auto' or '' takes the address of the listener.
   *
   * Value: a host name, an IP address or 'auto'. Default: "auto".
   *
   * It cannot change while the service runs.
   */
  readonly sip_local_host?: unknown;
  /**
   * The same over IPv6.
   *
   * Value: a host name, an IP address or 'auto'. Default: "auto".
   *
   * It cannot change while the service runs.
   */
  readonly sip_local_host6?: unknown;
  /**
   * Domains that are ours: requests for others are answered 404. Unset: every one is.
   *
   * Value: names as 'a, b' or ['a', 'b'].
   */
  readonly sip_domains?: unknown;
  /**
   * Event packages that are accepted; they are listed in Allow-Events.
   *
   * Value: names as 'a, b' or ['a', 'b'], each one token.
   */
  readonly sip_events?: unknown;
  /**
   * Methods for Allow, instead of those that somebody serves.
   *
   * Value: names as 'a, b' or ['a', 'b'], each one token.
   */
  readonly sip_allow?: unknown;
  /**
   * Extensions that requests may require, for Supported. Unset: none.
   *
   * Value: names as 'a, b' or ['a', 'b'], each one token.
   */
  readonly sip_supported?: unknown;
  /**
   * Media types for Accept in the answer to OPTIONS. Unset: *\/*.
   *
   * Value: names as 'a, b' or ['a', 'b'].
   */
  readonly sip_accept?: unknown;
  /**
   * Route set of the requests that the service sends, for example <sip:proxy.example.com;lr>.
   *
   * Value: names as 'a, b' or ['a', 'b'].
   */
  readonly sip_route?: unknown;
  /**
   * One challenge for each, in this order. Many clients give up unless the first one is MD5.
   *
   * Value: a list of 'MD5', 'SHA-256', 'SHA-512-256'. Default: ["MD5"].
   */
  readonly sip_digest_algorithms?: unknown;
  /**
   * Whether credentials without qop can sign in, as Pidgin and old telephones send them: with MD5, and for one request a nonce. Processes that share sip_secret do not tell each other which nonces were used: refuse them there, as serve does with several workers unless this is set.
   *
   * Value: 'accept' or 'refuse'. Default: "accept".
   */
  readonly sip_digest_without_qop?: unknown;
  /**
   * Whether credentials must name the Request-URI; those that name another one are answered 400. 'ignore' is for proxies that rewrite the Request-URI, and for SIPp: whoever intercepts credentials can then use them for another address.
   *
   * Value: 'check' or 'ignore'. Default: "check".
   */
  readonly sip_digest_uri?: unknown;
  /**
   * For so long the nonce of a challenge can be used.
   *
   * Value: seconds, 1 to 2147483. Default: 30.
   */
  readonly sip_nonce_timeout?: unknown;
  /**
   * Answers challenges to the requests that the service sends, as the user of From unless it names one.
   *
   * Value: a password (or a HA1 of makeHa1), { user, realm, pass } where user and realm may be absent, { realm: password }, or a list of [realm, password] or { user, realm, pass }.
   */
  readonly sip_pass?: unknown;
  /**
   * No automatic 100 for requests whose answer takes long.
   *
   * Value: true or false. Default: false.
   */
  readonly sip_no_100?: unknown;
  /**
   * T1 of RFC 3261: an estimate of the round trip.
   *
   * Value: milliseconds, 1 to 60000. Default: 500.
   */
  readonly sip_timer_t1?: unknown;
  /**
   * T2 of RFC 3261: the longest time between two retransmissions.
   *
   * Value: milliseconds, 1 to 600000. Default: 4000.
   */
  readonly sip_timer_t2?: unknown;
  /**
   * T4 of RFC 3261: how long a message may stay in the network.
   *
   * Value: milliseconds, 0 to 600000. Default: 5000.
   */
  readonly sip_timer_t4?: unknown;
  /**
   * What To tags, the nonces of challenges and, unless sip_event_compositor_secret is set, entity-tags are derived from. Unset: random at each start. Processes that answer on one address share it.
   *
   * Value: a text of 16 characters or more.
   *
   * It cannot change while the service runs.
   */
  readonly sip_secret?: unknown;
  /**
   * What the service may hold because of what others sent: publications, requests under way, connections, unfinished messages, unsent bytes, finished transactions, refused INVITEs, failed sign-ins. Beyond: 503 with Retry-After for what is new. Unset: half of what the process may have; several services in one process each need a share.
   *
   * Value: bytes, from 16777216 up.
   */
  readonly sip_max_memory?: unknown;
  /**
   * Requests that may be under way at a time, each way. Beyond: 503 with Retry-After.
   *
   * Value: a number, from 1 up. Default: 100000.
   */
  readonly sip_max_calls?: unknown;
  /**
   * New requests a second from one source, an IPv4 address or an IPv6 /64, malformed ones and CANCELs too; ten retransmissions for each. Beyond: 503 with Retry-After, to at most as many a second; what is more gets no answer. 0: no limit, for a proxy is one source, too, unless sip_trusted_proxies names it.
   *
   * Value: a number, 0 to 1000000. Default: 0.
   */
  readonly sip_max_request_rate?: unknown;
  /**
   * New requests that one source may send at once before sip_max_request_rate counts.
   *
   * Value: a number, 1 to 1000000. Default: 100.
   */
  readonly sip_max_request_burst?: unknown;
  /**
   * Addresses and networks of proxies, each of which sends for many: sip_max_request_rate is not for them, failed sign-ins from there count by user alone, and an answer over UDP may be larger than three times its request. Name none whose address others can forge. Unset: none.
   *
   * Value: addresses and networks such as '192.0.2.1, 10.0.0.0/8, 2001:db8::/32', or a list of them.
   */
  readonly sip_trusted_proxies?: unknown;
  /**
   * Failed sign-ins of one user at one source, or ten times as many of any users at it, before a pause: 1 second, twice as long after each further failure, up to 60. Until it is over, credentials from there are answered 503 with Retry-After, unread. 0: they are not counted.
   *
   * Value: a number, 0 to 1000000. Default: 10.
   */
  readonly sip_max_auth_failures?: unknown;
  /**
   * Answers kept for retransmissions. When full the oldest go first.
   *
   * Value: bytes, from 65536 up. Default: 67108864.
   */
  readonly sip_max_transaction_bytes?: unknown;
  /**
   * The largest message taken.
   *
   * Value: bytes, 1024 to 16777216. Default: 131072.
   *
   * It cannot change while the service runs.
   */
  readonly sip_max_message_size?: unknown;
  /**
   * Header lines that one message may have.
   *
   * Value: a number, 16 to 10000. Default: 256.
   *
   * It cannot change while the service runs.
   */
  readonly sip_max_headers?: unknown;
  /**
   * The longest header field taken, its folds counted.
   *
   * Value: bytes, 256 to 32768. Default: 8192.
   *
   * It cannot change while the service runs.
   */
  readonly sip_max_header_size?: unknown;
  /**
   * The longest Request-URI taken. Beyond: 414.
   *
   * Value: bytes, 64 to 8192. Default: 2048.
   *
   * It cannot change while the service runs.
   */
  readonly sip_max_uri_size?: unknown;
  /**
   * A request of ours that is larger goes over TCP (RFC 3261 18.1.1).
   *
   * Value: bytes, 512 to 65507. Default: 1300.
   */
  readonly sip_udp_max_size?: unknown;
  /**
   * Requests of ours go over UDP from a socket of their own, even where one listens. Needed where several processes listen on one address: an answer there reaches any of them. A request without Contact then also ends at once where nobody listens at the target (ICMP).
   *
   * Value: true or false. Default: false.
   *
   * It cannot change while the service runs.
   */
  readonly sip_udp_client_socket?: unknown;
  /**
   * Asked of the system for each UDP socket; it may give less.
   *
   * Value: bytes, from 65536 up. Default: 4194304.
   *
   * It cannot change while the service runs.
   */
  readonly sip_udp_receive_buffer?: unknown;
  /**
   * Connections at a time that peers opened, or that were opened to answer them: TCP, TLS and WebSocket together.
   *
   * Value: a number, from 1 up. Default: 10000.
   *
   * It cannot change while the service runs.
   */
  readonly sip_max_connections?: unknown;
  /**
   * Of these, from one IPv4 address or one IPv6 /64.
   *
   * Value: a number, from 1 up. Default: 1000.
   *
   * It cannot change while the service runs.
   */
  readonly sip_max_connections_per_address?: unknown;
  /**
   * Written to one connection and not taken by the peer, in at most 4,096 messages. Beyond: it is closed.
   *
   * Value: bytes, from 65536 up. Default: 1048576.
   *
   * It cannot change while the service runs.
   */
  readonly sip_max_unsent_bytes?: unknown;
  /**
   * A connection on which nothing moves for so long is closed.
   *
   * Value: seconds, 1 to 2147483. Default: 600.
   *
   * It cannot change while the service runs.
   */
  readonly sip_idle_timeout?: unknown;
  /**
   * A message must be complete so long after its first byte, a TLS handshake or the request for a WebSocket so long after its start. A peer that takes nothing for so long of what is written to it is closed.
   *
   * Value: seconds, 1 to 2147483. Default: 32.
   *
   * It cannot change while the service runs.
   */
  readonly sip_message_timeout?: unknown;
  /**
   * For connections that we open.
   *
   * Value: seconds, 1 to 2147483. Default: 10.
   *
   * It cannot change while the service runs.
   */
  readonly sip_connect_timeout?: unknown;
  /**
   * How long `drain` waits for requests that are under way.
   *
   * Value: seconds, 0 to 2147483. Default: 10.
   */
  readonly sip_drain_timeout?: unknown;
  /**
   * Between two pings of ours to the client of a WebSocket; who sends nothing until the next one is due is gone. 0: no pings.
   *
   * Value: seconds, 0 to 2147483. Default: 30.
   *
   * It cannot change while the service runs.
   */
  readonly sip_ws_ping?: unknown;
  /**
   * Origins whose pages may open a WebSocket; others are refused with 403. Unset: all. A client that sends no Origin is no browser, and is taken.
   *
   * Value: origins such as 'https://a.example, https://b.example:8443', or a list of them.
   *
   * It cannot change while the service runs.
   */
  readonly sip_ws_origins?: unknown;
  /**
   * Log every message sent and received, at level info.
   *
   * Value: true or false. Default: false.
   */
  readonly sip_trace?: unknown;
  /**
   * What is logged: this level and the more severe ones.
   *
   * Value: one of 'silent', 'error', 'warn', 'info', 'debug'. Default: "warn".
   *
   * It cannot change while the service runs.
   */
  readonly log_level?: unknown;
  /**
   * A logger of your own, such as a pino instance; log_level does not apply to it. Its messages have no control characters of strangers; its fields are as they came.
   *
   * Value: an object with level, isLevelEnabled, debug, info, warn, error; for the console leave `logger` out.
   *
   * It cannot change while the service runs.
   */
  readonly logger?: unknown;
  /**
   * PEM file with the certificate and its chain. Unset: one is made in memory at start.
   *
   * Value: a text on one line.
   */
  readonly tls_certfile?: unknown;
  /**
   * PEM file with the private key. Unset: it is in tls_certfile.
   *
   * Value: a text on one line.
   */
  readonly tls_keyfile?: unknown;
  /**
   * PEM file with the authorities to trust, instead of the well-known ones.
   *
   * Value: a text on one line.
   */
  readonly tls_cafile?: unknown;
  /**
   * Password of the private key.
   *
   * Value: a text.
   */
  readonly tls_password?: unknown;
  /**
   * Certificates for the names that clients ask for (SNI), beside the one of tls_certfile, which is for all other names. A wildcard stands for one label.
   *
   * Value: { 'name.example': { certfile, keyfile, password }, ... }; keyfile and password may be absent.
   */
  readonly tls_sni?: unknown;
  /**
   * Between two looks at the files of tls_*. What changed is used for connections from then on. 0: they are read once.
   *
   * Value: seconds, 0 to 2147483. Default: 60.
   */
  readonly tls_reload_interval?: unknown;
  /**
   * As a client: whether the certificate of the server must be valid and name it.
   *
   * Value: true or false. Default: true.
   *
   * It cannot change while the service runs.
   */
  readonly tls_verify?: unknown;
  /**
   * As a server: whether a client must show a certificate that an authority in tls_cafile, which is needed then, has signed.
   *
   * Value: true or false. Default: false.
   *
   * It cannot change while the service runs.
   */
  readonly tls_require_certificate?: unknown;
  /**
   * Whether a certificate is made when none is given; false makes that an error at start.
   *
   * Value: true or false. Default: true.
   *
   * It cannot change while the service runs.
   */
  readonly tls_self_signed?: unknown;
}
