// Written by 'npm run docs': what an editor shows at these names.

export interface CoreOptionTexts {
  /**
   * From of the requests that the service sends.
   *
   * Value: a URI, with or without a display name. Default: "sip:user@nksip".
   */
  readonly sip_from?: unknown;
  /**
   * Where to listen, for example 'sip:all:5060, sips:all:5061'. Unset: the service does not listen, but can send requests and receive their responses.
   *
   * Value: a text on one line.
   */
  readonly sip_listen?: unknown;
  /**
   * Host in Via and Contact over IPv4. 'auto' or '': the address of the listener.
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
   * Domains that this service serves; a request for another domain gets a 404. Unset: all domains.
   *
   * Value: names as 'a, b' or ['a', 'b'].
   */
  readonly sip_domains?: unknown;
  /**
   * Event packages to accept. They are listed in Allow-Events.
   *
   * Value: names as 'a, b' or ['a', 'b'], each one token.
   */
  readonly sip_events?: unknown;
  /**
   * How long a subscription lasts if neither the SUBSCRIBE nor the reply to it says so.
   *
   * Value: seconds, 1 to 2147483. Default: 3600.
   */
  readonly sip_event_expires?: unknown;
  /**
   * Whether sip_notify is also called for a NOTIFY that belongs to no subscription, as old switches send them for message-summary. false: it gets a 481 (RFC 6665 4.1.3).
   *
   * Value: true or false. Default: false.
   */
  readonly sip_unsolicited_notify?: unknown;
  /**
   * Methods for the Allow header, instead of those whose callbacks are implemented.
   *
   * Value: names as 'a, b' or ['a', 'b'], each one token.
   */
  readonly sip_allow?: unknown;
  /**
   * Option tags that requests may require; they are listed in Supported. Unset: none.
   *
   * Value: names as 'a, b' or ['a', 'b'], each one token.
   */
  readonly sip_supported?: unknown;
  /**
   * Media types for the Accept header of the response to OPTIONS. Unset: *\/*.
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
   * Digest algorithms to offer, with one challenge for each, in this order. Many clients cannot sign in unless MD5 is the first.
   *
   * Value: a list of 'MD5', 'SHA-256', 'SHA-512-256'. Default: ["MD5"].
   */
  readonly sip_digest_algorithms?: unknown;
  /**
   * Whether to accept digest credentials without qop, which Pidgin and old phones send. They are accepted with MD5 only, for one request per nonce. Processes that share sip_secret do not know which nonces the others have seen: use 'refuse' there, which is the default of serve with several workers.
   *
   * Value: 'accept' or 'refuse'. Default: "accept".
   */
  readonly sip_digest_without_qop?: unknown;
  /**
   * Whether the uri in digest credentials must be the Request-URI; if it is not, the request gets a 400. Use 'ignore' if a proxy rewrites the Request-URI, and for SIPp. Then somebody who intercepts credentials can use them for another address.
   *
   * Value: 'check' or 'ignore'. Default: "check".
   */
  readonly sip_digest_uri?: unknown;
  /**
   * How long a nonce is valid.
   *
   * Value: seconds, 1 to 2147483. Default: 30.
   */
  readonly sip_nonce_timeout?: unknown;
  /**
   * Passwords for challenges to requests that the service sends. The user is the one in From unless user is given.
   *
   * Value: a password (or a HA1 of makeHa1), { user, realm, pass } where user and realm may be absent, { realm: password }, or a list of [realm, password] or { user, realm, pass }.
   */
  readonly sip_pass?: unknown;
  /**
   * Whether to omit the automatic 100 for requests that take long to answer.
   *
   * Value: true or false. Default: false.
   */
  readonly sip_no_100?: unknown;
  /**
   * T1 of RFC 3261: an estimate of the round-trip time.
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
   * The secret from which To tags, nonces and, unless sip_event_compositor_secret is set, entity-tags are derived. Unset: random at each start. Set the same one in all processes that serve the same address.
   *
   * Value: a text of 16 characters or more.
   *
   * It cannot change while the service runs.
   */
  readonly sip_secret?: unknown;
  /**
   * The memory that the service may use because of what others sent: publications, subscriptions, pending requests, connections, unfinished messages, unsent bytes, finished transactions, refused INVITEs, failed sign-ins. Beyond: new requests get a 503 with Retry-After. Unset: half of what the process may use; if one process runs several services, set it for each.
   *
   * Value: bytes, from 16777216 up.
   */
  readonly sip_max_memory?: unknown;
  /**
   * Requests that may be pending at a time, in each direction. Beyond: 503 with Retry-After.
   *
   * Value: a number, from 1 up. Default: 100000.
   */
  readonly sip_max_calls?: unknown;
  /**
   * New requests a second from one source (an IPv4 address or an IPv6 /64), counting malformed ones and CANCELs; for each, ten retransmissions are allowed. Beyond: 503 with Retry-After, at most as many a second; further requests are dropped. 0: no limit. The default is 0 because a proxy is one source, too, unless sip_trusted_proxies lists it.
   *
   * Value: a number, 0 to 1000000. Default: 0.
   */
  readonly sip_max_request_rate?: unknown;
  /**
   * New requests that one source may send at once before sip_max_request_rate applies.
   *
   * Value: a number, 1 to 1000000. Default: 100.
   */
  readonly sip_max_request_burst?: unknown;
  /**
   * Addresses and networks of proxies, each of which sends requests for many users. sip_max_request_rate does not apply to them, failed sign-ins from there are counted by user only, and a response over UDP may be more than three times as large as its request. Do not list an address that others can forge. Unset: none.
   *
   * Value: addresses and networks such as '192.0.2.1, 10.0.0.0/8, 2001:db8::/32', or a list of them.
   */
  readonly sip_trusted_proxies?: unknown;
  /**
   * Failed sign-ins of one user from one source before a pause, or ten times as many of all users from one source. The pause lasts 1 second and doubles with each further failure, up to 60 seconds. During a pause, requests with credentials from there get a 503 with Retry-After, and the credentials are not checked. 0: no pauses.
   *
   * Value: a number, 0 to 1000000. Default: 10.
   */
  readonly sip_max_auth_failures?: unknown;
  /**
   * Size of the responses that are kept for retransmissions. When full, the oldest are dropped.
   *
   * Value: bytes, from 65536 up. Default: 67108864.
   */
  readonly sip_max_transaction_bytes?: unknown;
  /**
   * The size of the largest message that is accepted.
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
   * The size of the longest header field that is accepted, including its folded lines.
   *
   * Value: bytes, 256 to 32768. Default: 8192.
   *
   * It cannot change while the service runs.
   */
  readonly sip_max_header_size?: unknown;
  /**
   * The size of the longest Request-URI that is accepted. Beyond: 414.
   *
   * Value: bytes, 64 to 8192. Default: 2048.
   *
   * It cannot change while the service runs.
   */
  readonly sip_max_uri_size?: unknown;
  /**
   * Larger requests that the service sends go over TCP (RFC 3261 18.1.1).
   *
   * Value: bytes, 512 to 65507. Default: 1300.
   */
  readonly sip_udp_max_size?: unknown;
  /**
   * Whether requests that the service sends over UDP leave from a socket of their own, even if the service has a UDP listener. Needed if several processes listen on one address, since a response sent there reaches any of them. Then a request without Contact also fails at once if nobody listens at the target (ICMP).
   *
   * Value: true or false. Default: false.
   *
   * It cannot change while the service runs.
   */
  readonly sip_udp_client_socket?: unknown;
  /**
   * Receive buffer to request from the system for each UDP socket; the system may give less.
   *
   * Value: bytes, from 65536 up. Default: 4194304.
   *
   * It cannot change while the service runs.
   */
  readonly sip_udp_receive_buffer?: unknown;
  /**
   * Connections at a time that peers opened, or that the service opened to send them a response: TCP, TLS and WebSocket together.
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
   * Data written to one connection that the peer has not read yet, in at most 4,096 messages. Beyond: the connection is closed.
   *
   * Value: bytes, from 65536 up. Default: 1048576.
   *
   * It cannot change while the service runs.
   */
  readonly sip_max_unsent_bytes?: unknown;
  /**
   * A connection without any traffic for this time is closed.
   *
   * Value: seconds, 1 to 2147483. Default: 600.
   *
   * It cannot change while the service runs.
   */
  readonly sip_idle_timeout?: unknown;
  /**
   * The time for a message to be complete after its first byte, for a TLS handshake, and for the HTTP request of a WebSocket. Also, a connection is closed if its peer reads none of the data sent to it for this time.
   *
   * Value: seconds, 1 to 2147483. Default: 32.
   *
   * It cannot change while the service runs.
   */
  readonly sip_message_timeout?: unknown;
  /**
   * The time for opening a connection.
   *
   * Value: seconds, 1 to 2147483. Default: 10.
   *
   * It cannot change while the service runs.
   */
  readonly sip_connect_timeout?: unknown;
  /**
   * How long `drain` waits for pending requests.
   *
   * Value: seconds, 0 to 2147483. Default: 10.
   */
  readonly sip_drain_timeout?: unknown;
  /**
   * The time between two pings to a WebSocket client. A client that has sent nothing by the time of the next ping is disconnected. 0: no pings.
   *
   * Value: seconds, 0 to 2147483. Default: 30.
   *
   * It cannot change while the service runs.
   */
  readonly sip_ws_ping?: unknown;
  /**
   * Origins whose pages may open a WebSocket; others are refused with 403. Unset: all. A client that sends no Origin is not a browser, and is accepted.
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
   * A logger of your own, such as a pino instance; log_level does not apply to it. Control characters from received data are escaped in messages, but not in fields.
   *
   * Value: an object with level, isLevelEnabled, debug, info, warn, error; for the console leave `logger` out.
   *
   * It cannot change while the service runs.
   */
  readonly logger?: unknown;
  /**
   * PEM file with the certificate and its chain. Unset: the service makes a self-signed certificate in memory at start.
   *
   * Value: a text on one line.
   */
  readonly tls_certfile?: unknown;
  /**
   * PEM file with the private key. Unset: the key is in tls_certfile.
   *
   * Value: a text on one line.
   */
  readonly tls_keyfile?: unknown;
  /**
   * PEM file with the authorities to trust, instead of those that Node.js trusts.
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
   * Certificates by the name that a client asks for (SNI). tls_certfile is for all other names. A wildcard matches one label.
   *
   * Value: { 'name.example': { certfile, keyfile, password }, ... }; keyfile and password may be absent.
   */
  readonly tls_sni?: unknown;
  /**
   * The time between two checks of the tls_* files for changes. New connections use changed files. 0: the files are read once.
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
   * As a server: whether a client must present a certificate signed by an authority in tls_cafile, which must be set then.
   *
   * Value: true or false. Default: false.
   *
   * It cannot change while the service runs.
   */
  readonly tls_require_certificate?: unknown;
  /**
   * Whether to make a self-signed certificate if tls_certfile is not set. false: a missing tls_certfile is an error at start.
   *
   * Value: true or false. Default: true.
   *
   * It cannot change while the service runs.
   */
  readonly tls_self_signed?: unknown;
}
