/** What may stand beside the name of a reply: `['forbidden', 'Not today']`, `['interval_too_brief', 60]`. */
export type ReplyArgument =
  | 'options' | 'reason' | 'realm' | 'contact' | 'allow' | 'accept' | 'accept_encoding' | 'unsupported' | 'require' | 'warning'
  | 'min_expires' | 'min_se' | 'retry_after';

interface ReplyRow {
  readonly code: number;
  readonly reason: string;
  readonly takes: ReplyArgument;
  /** The name alone is not enough: the response must carry what the argument says. */
  readonly required: boolean;
  readonly doc: string;
}

/** Named replies, with NkSIP's names. No 1xx and no 408: a server never sends these to a non-INVITE request (RFC 4320 4). */
export const replyTable = {
  ok: { code: 200, reason: 'OK', takes: 'options', required: false, doc: 'Done.' },
  accepted: { code: 202, reason: 'Accepted', takes: 'options', required: false, doc: 'Accepted, and to be processed later.' },
  redirect: { code: 300, reason: 'Multiple Choices', takes: 'contact', required: true, doc: 'Several other places to try; the argument is the Contact value.' },
  redirect_permanent: { code: 301, reason: 'Moved Permanently', takes: 'contact', required: true, doc: 'Another place from now on.' },
  redirect_temporary: { code: 302, reason: 'Moved Temporarily', takes: 'contact', required: true, doc: 'Another place for this request.' },
  invalid_request: { code: 400, reason: 'Bad Request', takes: 'reason', required: false, doc: 'The request is malformed; say why in the reason.' },
  authenticate: { code: 401, reason: 'Unauthorized', takes: 'realm', required: false, doc: 'Asks for digest credentials, for the given realm or the default one.' },
  forbidden: { code: 403, reason: 'Forbidden', takes: 'reason', required: false, doc: 'Understood and refused.' },
  not_found: { code: 404, reason: 'Not Found', takes: 'reason', required: false, doc: 'There is no such user or resource here.' },
  method_not_allowed: { code: 405, reason: 'Method Not Allowed', takes: 'allow', required: false, doc: 'The method is known but not served here; the default for Allow is the methods that the service serves.' },
  proxy_authenticate: { code: 407, reason: 'Proxy Authentication Required', takes: 'realm', required: false, doc: 'As authenticate, from a proxy.' },
  gone: { code: 410, reason: 'Gone', takes: 'reason', required: false, doc: 'It was here once and never will be again.' },
  conditional_request_failed: { code: 412, reason: 'Conditional Request Failed', takes: 'reason', required: false, doc: 'No stored publication has the entity-tag of SIP-If-Match (RFC 3903 6).' },
  request_too_large: { code: 413, reason: 'Request Entity Too Large', takes: 'reason', required: false, doc: 'The body is larger than this server accepts.' },
  uri_too_long: { code: 414, reason: 'Request-URI Too Long', takes: 'reason', required: false, doc: 'The Request-URI is longer than this server accepts.' },
  unsupported_media_type: { code: 415, reason: 'Unsupported Media Type', takes: 'accept', required: false, doc: 'The media type of the body is not accepted; the default for Accept is that of the service.' },
  unsupported_media_encoding: { code: 415, reason: 'Unsupported Media Encoding', takes: 'accept_encoding', required: false, doc: 'The body has an encoding that is not supported; the default for Accept-Encoding is identity.' },
  unsupported_uri_scheme: { code: 416, reason: 'Unsupported URI Scheme', takes: 'reason', required: false, doc: 'The Request-URI is of a scheme that is not served.' },
  bad_extension: { code: 420, reason: 'Bad Extension', takes: 'unsupported', required: true, doc: 'Require names extensions that are not supported; the argument lists them.' },
  extension_required: { code: 421, reason: 'Extension Required', takes: 'require', required: true, doc: 'The client must support the extensions listed.' },
  session_too_small: { code: 422, reason: 'Session Interval Too Small', takes: 'min_se', required: true, doc: 'The session timer is below the given minimum (seconds).' },
  interval_too_brief: { code: 423, reason: 'Interval Too Brief', takes: 'min_expires', required: true, doc: 'Expires is below the given minimum (seconds).' },
  flow_failed: { code: 430, reason: 'Flow Failed', takes: 'reason', required: false, doc: 'The connection to the user is gone (RFC 5626).' },
  first_hop_lacks_outbound: { code: 439, reason: 'First Hop Lacks Outbound Support', takes: 'reason', required: false, doc: 'The first proxy does not support outbound (RFC 5626).' },
  temporarily_unavailable: { code: 480, reason: 'Temporarily Unavailable', takes: 'reason', required: false, doc: 'The user cannot be reached just now.' },
  unknown_dialog: { code: 481, reason: 'Call/Transaction Does Not Exist', takes: 'reason', required: false, doc: 'The request belongs to a dialog that is not known.' },
  no_transaction: { code: 481, reason: 'Call/Transaction Does Not Exist', takes: 'reason', required: false, doc: 'The request belongs to a transaction that is not known.' },
  loop_detected: { code: 482, reason: 'Loop Detected', takes: 'reason', required: false, doc: 'The request has already passed through this server.' },
  request_merged: { code: 482, reason: 'Request Merged', takes: 'reason', required: false, doc: 'The same request arrived on two paths (RFC 3261 8.2.2.2).' },
  too_many_hops: { code: 483, reason: 'Too Many Hops', takes: 'reason', required: false, doc: 'Max-Forwards has reached 0.' },
  address_incomplete: { code: 484, reason: 'Address Incomplete', takes: 'reason', required: false, doc: 'The Request-URI is incomplete.' },
  ambiguous: { code: 485, reason: 'Ambiguous', takes: 'reason', required: false, doc: 'The Request-URI matches several users.' },
  busy: { code: 486, reason: 'Busy Here', takes: 'reason', required: false, doc: 'The user is busy at this place.' },
  request_terminated: { code: 487, reason: 'Request Terminated', takes: 'reason', required: false, doc: 'The request was ended by BYE or CANCEL.' },
  not_acceptable: { code: 488, reason: 'Not Acceptable Here', takes: 'warning', required: false, doc: 'What the request asks for is not available here; the argument is a Warning value.' },
  bad_event: { code: 489, reason: 'Bad Event', takes: 'reason', required: false, doc: 'The event package is missing or not served; Allow-Events is that of the service.' },
  request_pending: { code: 491, reason: 'Request Pending', takes: 'reason', required: false, doc: 'Another request of this dialog is not finished.' },
  internal_error: { code: 500, reason: 'Server Internal Error', takes: 'reason', required: false, doc: 'Something failed in the server.' },
  not_implemented: { code: 501, reason: 'Not Implemented', takes: 'reason', required: false, doc: 'The method is not known.' },
  service_unavailable: { code: 503, reason: 'Service Unavailable', takes: 'retry_after', required: false, doc: 'Overloaded, or a part is down; the argument is a reason, or the seconds for Retry-After (default 5).' },
  gateway_timeout: { code: 504, reason: 'Server Time-out', takes: 'reason', required: false, doc: 'Another server that was needed did not answer.' },
  version_not_supported: { code: 505, reason: 'Version Not Supported', takes: 'reason', required: false, doc: 'The request is not SIP/2.0.' },
  message_too_large: { code: 513, reason: 'Message Too Large', takes: 'reason', required: false, doc: 'The whole message is larger than this server accepts.' },
  busy_everywhere: { code: 600, reason: 'Busy Everywhere', takes: 'reason', required: false, doc: 'The user is busy at every place.' },
  decline: { code: 603, reason: 'Decline', takes: 'reason', required: false, doc: 'The user does not want this.' },
  does_not_exist_anywhere: { code: 604, reason: 'Does Not Exist Anywhere', takes: 'reason', required: false, doc: 'There is no such user anywhere.' },
  not_acceptable_anywhere: { code: 606, reason: 'Not Acceptable', takes: 'warning', required: false, doc: 'What the request asks for is not available anywhere; the argument is a Warning value.' },
} as const satisfies Record<string, ReplyRow>;

export type ReplyName = keyof typeof replyTable;

type Taking<A extends ReplyArgument> = { [N in ReplyName]: (typeof replyTable)[N]['takes'] extends A ? N : never }[ReplyName];
type NameAlone = { [N in ReplyName]: (typeof replyTable)[N]['required'] extends true ? never : N }[ReplyName];

/** What a response may carry. Values with a line break or another control character are refused. */
export interface ReplyOptions {
  /** Seconds, 0 to 4294967295. */
  readonly expires?: number;
  /** A token. */
  readonly sip_etag?: string;
  /** A text is sent as UTF-8. */
  readonly body?: string | Uint8Array;
  /** Of the body; 'text/plain' for a text and 'application/octet-stream' for bytes unless given. */
  readonly content_type?: string;
  /** Instead of the usual phrase. */
  readonly reason_phrase?: string;
  /** Seconds, for Retry-After. */
  readonly retry_after?: number;
  /** Other header fields, by name. */
  readonly add?: Readonly<Record<string, string>>;
  /** Beside what the log says of the response, at level info: texts and numbers by name, such as { user: 'alice' }. Nothing of it is sent. */
  readonly log?: Readonly<Record<string, string | number>>;
}

/** A final response: a code (200 to 699, never 408), a name of the table, or one of both with what belongs to it. */
export type SipReply =
  | number
  | NameAlone
  | readonly [number, ReplyOptions]
  | readonly [Taking<'options'>, ReplyOptions]
  | readonly [Taking<'min_expires' | 'min_se'>, number]
  | readonly [Taking<'retry_after'>, number | string]
  | readonly [Exclude<ReplyName, Taking<'options' | 'min_expires' | 'min_se' | 'retry_after'>>, string];

/** What a callback that decides a request returns. */
export type Reply = readonly ['reply', SipReply];

/** Codes without a name in the table. */
const otherReasons: Readonly<Record<number, string>> = {
  204: 'No Notification', 305: 'Use Proxy', 380: 'Alternative Service', 402: 'Payment Required', 406: 'Not Acceptable',
  417: 'Unknown Resource-Priority', 424: 'Bad Location Information', 428: 'Use Identity Header',
  429: 'Provide Referrer Identity', 433: 'Anonymity Disallowed', 436: 'Bad Identity Info', 437: 'Unsupported Credential',
  438: 'Invalid Identity Header', 440: 'Max-Breadth Exceeded', 469: 'Bad Info Package', 470: 'Consent Needed',
  493: 'Undecipherable', 494: 'Security Agreement Required', 502: 'Bad Gateway', 580: 'Precondition Failure', 607: 'Unwanted',
  608: 'Rejected',
};

const classReasons = ['', '', 'OK', 'Redirected', 'Request Failed', 'Server Failed', 'Refused'];

// Where several rows have one code, the first one gives the phrase.
const reasons: ReadonlyMap<number, string> = new Map([
  ...Object.entries(otherReasons).map(([code, reason]): [number, string] => [Number(code), reason]),
  ...Object.values(replyTable).map((row): [number, string] => [row.code, row.reason]).reverse(),
]);

/** The usual reason phrase of a final response code. */
export function reasonPhrase(code: number): string {
  return reasons.get(code) ?? classReasons[Math.floor(code / 100)] ?? 'Unknown';
}
