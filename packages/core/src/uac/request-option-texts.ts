// Written by 'npm run docs': what an editor shows at these names.

export interface RequestOptionTexts {
  /**
   * From, instead of sip_from. If it has a tag, that is used.
   *
   * Value: a SIP address, such as 'sip:user@example.com' or '"Name" <sip:user@example.com>'.
   */
  readonly from?: unknown;
  /**
   * To. Unset: the Request-URI without the parts that To may not have (port, transport and the like).
   *
   * Value: a SIP address, such as 'sip:user@example.com' or '"Name" <sip:user@example.com>'.
   */
  readonly to?: unknown;
  /**
   * Unset: a new one.
   *
   * Value: a Call-ID.
   */
  readonly call_id?: unknown;
  /**
   * Number in CSeq. Unset: the number of the last request plus 1.
   *
   * Value: 0 to 2147483647.
   */
  readonly cseq_num?: unknown;
  /**
   * Route set, instead of sip_route. An empty list: none.
   *
   * Value: an address, such as '<sip:proxy.example.com;lr>', or a list of them.
   */
  readonly route?: unknown;
  /**
   * Contact. true: from the user in From and the address of the service. Unset: true for SUBSCRIBE, NOTIFY and REFER, otherwise false.
   *
   * Value: true, false, an address or a list of them.
   */
  readonly contact?: unknown;
  /**
   * Max-Forwards. Unset: 70.
   *
   * Value: 0 to 255.
   */
  readonly max_forwards?: unknown;
  /**
   * Event.
   *
   * Value: an event package, such as 'presence'.
   */
  readonly event?: unknown;
  /**
   * Expires.
   *
   * Value: seconds, 0 to 4294967295.
   */
  readonly expires?: unknown;
  /**
   * SIP-If-Match: the SIP-ETag of the last response.
   *
   * Value: an entity-tag.
   */
  readonly sip_if_match?: unknown;
  /**
   * Body.
   *
   * Value: a text, sent as UTF-8, or bytes.
   */
  readonly body?: unknown;
  /**
   * Content-Type of the body. Unset: the default of the event package, else text/plain.
   *
   * Value: a media type, such as 'text/plain', or what parseMediaType of @nksip-ts/sip made of one.
   */
  readonly content_type?: unknown;
  /**
   * User-Agent.
   *
   * Value: a text.
   */
  readonly user_agent?: unknown;
  /**
   * Supported: option tags.
   *
   * Value: a text, such as 'a, b', or a list of them.
   */
  readonly supported?: unknown;
  /**
   * Require: option tags.
   *
   * Value: a text, such as 'a, b', or a list of them.
   */
  readonly require?: unknown;
  /**
   * Accept: media types.
   *
   * Value: a text, such as 'a, b', or a list of them.
   */
  readonly accept?: unknown;
  /**
   * Reason (RFC 3326), such as 'SIP;cause=200'.
   *
   * Value: a text, such as 'a, b', or a list of them.
   */
  readonly reason?: unknown;
  /**
   * Header lines that replace all existing ones of the same name.
   *
   * Value: header lines, as { 'X-Name': 'value' } or [['X-Name', 'value']].
   */
  readonly replace?: unknown;
  /**
   * Header lines to insert before existing ones of the same name.
   *
   * Value: header lines, as { 'X-Name': 'value' } or [['X-Name', 'value']].
   */
  readonly insert?: unknown;
  /**
   * Header lines to add after existing ones of the same name.
   *
   * Value: header lines, as { 'X-Name': 'value' } or [['X-Name', 'value']].
   */
  readonly add?: unknown;
  /**
   * Passwords for challenges (401, 407). The user is the one in From unless user is given. Unset: those of the service.
   *
   * Value: a password (or a HA1 of makeHa1), { user, realm, pass } where user and realm may be absent, { realm: password }, or a list of [realm, password] or { user, realm, pass }.
   */
  readonly sip_pass?: unknown;
  /**
   * The request fails after this time, whatever it is waiting for. Unset: 128 * T1, which is 64 seconds.
   *
   * Value: seconds, above 0.
   */
  readonly timeout?: unknown;
  /**
   * Headers of the response whose values are wanted in `meta`, such as ['expires', 'contact']; '_' stands for '-'.
   *
   * Value: a list of header names.
   */
  readonly get_meta?: unknown;
}

export interface PublishOptionTexts {
  /**
   * From, instead of sip_from. If it has a tag, that is used.
   *
   * Value: a SIP address, such as 'sip:user@example.com' or '"Name" <sip:user@example.com>'.
   */
  readonly from?: unknown;
  /**
   * To. Unset: the Request-URI without the parts that To may not have (port, transport and the like).
   *
   * Value: a SIP address, such as 'sip:user@example.com' or '"Name" <sip:user@example.com>'.
   */
  readonly to?: unknown;
  /**
   * Unset: a new one.
   *
   * Value: a Call-ID.
   */
  readonly call_id?: unknown;
  /**
   * Number in CSeq. Unset: the number of the last request plus 1.
   *
   * Value: 0 to 2147483647.
   */
  readonly cseq_num?: unknown;
  /**
   * Route set, instead of sip_route. An empty list: none.
   *
   * Value: an address, such as '<sip:proxy.example.com;lr>', or a list of them.
   */
  readonly route?: unknown;
  /**
   * Contact. true: from the user in From and the address of the service. Unset: true for SUBSCRIBE, NOTIFY and REFER, otherwise false.
   *
   * Value: true, false, an address or a list of them.
   */
  readonly contact?: unknown;
  /**
   * Max-Forwards. Unset: 70.
   *
   * Value: 0 to 255.
   */
  readonly max_forwards?: unknown;
  /**
   * Event.
   *
   * Value: an event package, such as 'presence'.
   */
  readonly event?: unknown;
  /**
   * Expires.
   *
   * Value: seconds, 0 to 4294967295.
   */
  readonly expires?: unknown;
  /**
   * SIP-If-Match: the SIP-ETag of the last response.
   *
   * Value: an entity-tag.
   */
  readonly sip_if_match?: unknown;
  /**
   * Body.
   *
   * Value: a text, sent as UTF-8, or bytes.
   */
  readonly body?: unknown;
  /**
   * Content-Type of the body. Unset: the default of the event package, else text/plain.
   *
   * Value: a media type, such as 'text/plain', or what parseMediaType of @nksip-ts/sip made of one.
   */
  readonly content_type?: unknown;
  /**
   * User-Agent.
   *
   * Value: a text.
   */
  readonly user_agent?: unknown;
  /**
   * Supported: option tags.
   *
   * Value: a text, such as 'a, b', or a list of them.
   */
  readonly supported?: unknown;
  /**
   * Require: option tags.
   *
   * Value: a text, such as 'a, b', or a list of them.
   */
  readonly require?: unknown;
  /**
   * Accept: media types.
   *
   * Value: a text, such as 'a, b', or a list of them.
   */
  readonly accept?: unknown;
  /**
   * Reason (RFC 3326), such as 'SIP;cause=200'.
   *
   * Value: a text, such as 'a, b', or a list of them.
   */
  readonly reason?: unknown;
  /**
   * Header lines that replace all existing ones of the same name.
   *
   * Value: header lines, as { 'X-Name': 'value' } or [['X-Name', 'value']].
   */
  readonly replace?: unknown;
  /**
   * Header lines to insert before existing ones of the same name.
   *
   * Value: header lines, as { 'X-Name': 'value' } or [['X-Name', 'value']].
   */
  readonly insert?: unknown;
  /**
   * Header lines to add after existing ones of the same name.
   *
   * Value: header lines, as { 'X-Name': 'value' } or [['X-Name', 'value']].
   */
  readonly add?: unknown;
  /**
   * Passwords for challenges (401, 407). The user is the one in From unless user is given. Unset: those of the service.
   *
   * Value: a password (or a HA1 of makeHa1), { user, realm, pass } where user and realm may be absent, { realm: password }, or a list of [realm, password] or { user, realm, pass }.
   */
  readonly sip_pass?: unknown;
  /**
   * The request fails after this time, whatever it is waiting for. Unset: 128 * T1, which is 64 seconds.
   *
   * Value: seconds, above 0.
   */
  readonly timeout?: unknown;
}
