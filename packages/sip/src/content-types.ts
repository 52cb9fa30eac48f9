/**
 * What the body of a publication or a notification may be, by event package, the usual type first. RFC 3903 10.1: a package that is published
 * names its type. A package that is not here takes any type or none, unless a service says otherwise.
 */
export const usualContentTypes: Readonly<Record<string, readonly string[]>> = {
  'presence': ['application/pidf+xml'], // RFC 3856 6.6
  'presence.winfo': ['application/watcherinfo+xml'], // RFC 3858
  'dialog': ['application/dialog-info+xml'], // RFC 4235 3.5
  'message-summary': ['application/simple-message-summary'], // RFC 3842 3.5
  'reg': ['application/reginfo+xml'], // RFC 3680 4.6
  'conference': ['application/conference-info+xml'], // RFC 4575 3.5
  'poc-settings': ['application/poc-settings+xml'], // RFC 4354 3.5
  'xcap-diff': ['application/xcap-diff+xml'], // RFC 5875 4.5
  'vq-rtcpxr': ['application/vq-rtcpxr'], // RFC 6035 3.5
  'certificate': ['application/pkix-cert'], // RFC 6072 6.6
  'credential': ['application/pkcs8'], // RFC 6072 7.6
  'load-control': ['application/load-control+xml'], // RFC 7200 5.5
};
