/**
 * The headers that the stack knows, as small numbers. Those below 31 fit a bit mask, in which the parser notes what a message
 * has and what it has twice; so each header that may stand only once is among them.
 */
export const Header = {
  Via: 0, From: 1, To: 2, CallId: 3, CSeq: 4, MaxForwards: 5, ContentLength: 6, ContentType: 7, Expires: 8, Event: 9,
  SipIfMatch: 10, SipETag: 11, Contact: 12, Route: 13, RecordRoute: 14, Require: 15, ProxyRequire: 16, Supported: 17,
  Unsupported: 18, Accept: 19, ContentEncoding: 20, Authorization: 21, ProxyAuthorization: 22, WwwAuthenticate: 23,
  ProxyAuthenticate: 24, Allow: 25, AllowEvents: 26, MinExpires: 27, RetryAfter: 28, ContentDisposition: 29, SubscriptionState: 30,
  UserAgent: 31, Server: 32, AcceptEncoding: 33, AcceptLanguage: 34, AlertInfo: 35, AuthenticationInfo: 36, CallInfo: 37,
  ContentLanguage: 38, Date: 39, ErrorInfo: 40, InReplyTo: 41, MimeVersion: 42, Organization: 43, Priority: 44, ReplyTo: 45,
  Subject: 46, Timestamp: 47, Warning: 48, ReferTo: 49, ReferredBy: 50, Replaces: 51, SessionExpires: 52, MinSE: 53,
  RequestDisposition: 54, AcceptContact: 55, RejectContact: 56, Identity: 57, IdentityInfo: 58, Path: 59, ServiceRoute: 60,
  PAssertedIdentity: 61, PPreferredIdentity: 62, Privacy: 63, HistoryInfo: 64, RAck: 65, RSeq: 66, Reason: 67,
  SuppressIfMatch: 68, MaxBreadth: 69, Join: 70, TargetDialog: 71, AnswerMode: 72, PrivAnswerMode: 73, FlowTimer: 74,
} as const;

export type HeaderId = (typeof Header)[keyof typeof Header];

/** The spelling on the wire and the compact form, where the IANA registry has one. */
const spellings: Readonly<Record<HeaderId, readonly [name: string] | readonly [name: string, compact: string]>> = {
  [Header.Via]: ['Via', 'v'],
  [Header.From]: ['From', 'f'],
  [Header.To]: ['To', 't'],
  [Header.CallId]: ['Call-ID', 'i'],
  [Header.CSeq]: ['CSeq'],
  [Header.MaxForwards]: ['Max-Forwards'],
  [Header.ContentLength]: ['Content-Length', 'l'],
  [Header.ContentType]: ['Content-Type', 'c'],
  [Header.Expires]: ['Expires'],
  [Header.Event]: ['Event', 'o'],
  [Header.SipIfMatch]: ['SIP-If-Match'],
  [Header.SipETag]: ['SIP-ETag'],
  [Header.Contact]: ['Contact', 'm'],
  [Header.Route]: ['Route'],
  [Header.RecordRoute]: ['Record-Route'],
  [Header.Require]: ['Require'],
  [Header.ProxyRequire]: ['Proxy-Require'],
  [Header.Supported]: ['Supported', 'k'],
  [Header.Unsupported]: ['Unsupported'],
  [Header.Accept]: ['Accept'],
  [Header.ContentEncoding]: ['Content-Encoding', 'e'],
  [Header.Authorization]: ['Authorization'],
  [Header.ProxyAuthorization]: ['Proxy-Authorization'],
  [Header.WwwAuthenticate]: ['WWW-Authenticate'],
  [Header.ProxyAuthenticate]: ['Proxy-Authenticate'],
  [Header.Allow]: ['Allow'],
  [Header.AllowEvents]: ['Allow-Events', 'u'],
  [Header.MinExpires]: ['Min-Expires'],
  [Header.RetryAfter]: ['Retry-After'],
  [Header.ContentDisposition]: ['Content-Disposition'],
  [Header.SubscriptionState]: ['Subscription-State'],
  [Header.UserAgent]: ['User-Agent'],
  [Header.Server]: ['Server'],
  [Header.AcceptEncoding]: ['Accept-Encoding'],
  [Header.AcceptLanguage]: ['Accept-Language'],
  [Header.AlertInfo]: ['Alert-Info'],
  [Header.AuthenticationInfo]: ['Authentication-Info'],
  [Header.CallInfo]: ['Call-Info'],
  [Header.ContentLanguage]: ['Content-Language'],
  [Header.Date]: ['Date'],
  [Header.ErrorInfo]: ['Error-Info'],
  [Header.InReplyTo]: ['In-Reply-To'],
  [Header.MimeVersion]: ['MIME-Version'],
  [Header.Organization]: ['Organization'],
  [Header.Priority]: ['Priority'],
  [Header.ReplyTo]: ['Reply-To'],
  [Header.Subject]: ['Subject', 's'],
  [Header.Timestamp]: ['Timestamp'],
  [Header.Warning]: ['Warning'],
  [Header.ReferTo]: ['Refer-To', 'r'],
  [Header.ReferredBy]: ['Referred-By', 'b'],
  [Header.Replaces]: ['Replaces'],
  [Header.SessionExpires]: ['Session-Expires', 'x'],
  [Header.MinSE]: ['Min-SE'],
  [Header.RequestDisposition]: ['Request-Disposition', 'd'],
  [Header.AcceptContact]: ['Accept-Contact', 'a'],
  [Header.RejectContact]: ['Reject-Contact', 'j'],
  [Header.Identity]: ['Identity', 'y'],
  [Header.IdentityInfo]: ['Identity-Info', 'n'],
  [Header.Path]: ['Path'],
  [Header.ServiceRoute]: ['Service-Route'],
  [Header.PAssertedIdentity]: ['P-Asserted-Identity'],
  [Header.PPreferredIdentity]: ['P-Preferred-Identity'],
  [Header.Privacy]: ['Privacy'],
  [Header.HistoryInfo]: ['History-Info'],
  [Header.RAck]: ['RAck'],
  [Header.RSeq]: ['RSeq'],
  [Header.Reason]: ['Reason'],
  [Header.SuppressIfMatch]: ['Suppress-If-Match'],
  [Header.MaxBreadth]: ['Max-Breadth'],
  [Header.Join]: ['Join'],
  [Header.TargetDialog]: ['Target-Dialog'],
  [Header.AnswerMode]: ['Answer-Mode'],
  [Header.PrivAnswerMode]: ['Priv-Answer-Mode'],
  [Header.FlowTimer]: ['Flow-Timer'],
};

/** Every spelling in lower case, compact forms too. */
export const headerSpellings: ReadonlyMap<string, HeaderId> = new Map(
  Object.values(Header).flatMap((id) => spellings[id].map((name): [string, HeaderId] => [name.toLowerCase(), id])),
);

/** The spelling on the wire: `SIP-ETag`, `Call-ID`, `Allow-Events`. */
export function headerName(id: HeaderId): string {
  return spellings[id][0];
}

/** Any case, long name or compact form; undefined for a header that the stack does not know. */
export function headerIdOf(name: string): HeaderId | undefined {
  return headerSpellings.get(name.toLowerCase());
}
