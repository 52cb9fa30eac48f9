// Written by 'npm run docs': what an editor shows at these names.

export interface CoreCallbackTexts {
  /**
   * Called when a request has digest credentials with a nonce of this service, if sip_authorize is implemented: at most once for each realm, and not during a pause of sip_max_auth_failures. Returns the password, an HA1 from makeHa1, true (no password needed) or false (no such user).
   *
   * Answer: string | boolean. Default: false, but true for the user anonymous.
   */
  readonly sip_get_user_pass?: unknown;
  /**
   * Called for every request except ACK and CANCEL. authList has an entry [['digest', realm], valid] for each realm that the request has credentials for.
   *
   * Answer: 'ok' | 'forbidden' | 'authenticate' | 'proxy_authenticate' | ['authenticate' | 'proxy_authenticate', realm]. Default: 'ok'.
   */
  readonly sip_authorize?: unknown;
  /**
   * Called for every authorized request whose method is served (others get a 405 before), with the parts of its Request-URI. Decides whether to process the request here or to answer at once.
   *
   * Answer: 'process' | ['reply', SipReply]. Default: 'process'.
   */
  readonly sip_route?: unknown;
  /**
   * Called for every OPTIONS request that sip_authorize and sip_route accepted.
   *
   * Answer: ['reply', SipReply]. Default: 200 with Allow, Allow-Events, Accept and Supported.
   */
  readonly sip_options?: unknown;
  /**
   * Called for every PUBLISH request that sip_authorize and sip_route accepted.
   *
   * Answer: ['reply', SipReply]. Default: 405 with Allow, and the method is absent from Allow.
   */
  readonly sip_publish?: unknown;
  /**
   * Called for every MESSAGE request that sip_authorize and sip_route accepted.
   *
   * Answer: ['reply', SipReply]. Default: 405 with Allow, and the method is absent from Allow.
   */
  readonly sip_message?: unknown;
  /**
   * Called for every INFO request that sip_authorize and sip_route accepted.
   *
   * Answer: ['reply', SipReply]. Default: 405 with Allow, and the method is absent from Allow.
   */
  readonly sip_info?: unknown;
  /**
   * Called for every SUBSCRIBE that asks for a new subscription and that sip_authorize and sip_route accepted: its event package is one of sip_events, its Contact and Expires can be read. A 2xx makes the subscription, and gets Expires, Contact, Record-Route and Allow-Events; then it is up to you to send NOTIFYs (uac.notify).
   *
   * Answer: ['reply', SipReply]. Default: 405 with Allow, and the method is absent from Allow.
   */
  readonly sip_subscribe?: unknown;
  /**
   * Called for every SUBSCRIBE that refreshes or ends (Expires: 0) a subscription that is there. A 2xx does so; with any other response the subscription stays as it was.
   *
   * Answer: ['reply', SipReply]. Default: 200.
   */
  readonly sip_resubscribe?: unknown;
  /**
   * Called when something became of a subscription or its dialog. It is told, not asked: everybody who implements it is called, and what they return counts for nothing.
   *
   * Answer: whatever. Default: nothing.
   */
  readonly sip_dialog_update?: unknown;
  /**
   * Called for every NOTIFY request that sip_authorize and sip_route accepted.
   *
   * Answer: ['reply', SipReply]. Default: 405 with Allow, and the method is absent from Allow.
   */
  readonly sip_notify?: unknown;
  /**
   * Called for every REGISTER request that sip_authorize and sip_route accepted.
   *
   * Answer: ['reply', SipReply]. Default: 405 with Allow, and the method is absent from Allow.
   */
  readonly sip_register?: unknown;
  /**
   * Called for every REFER request that sip_authorize and sip_route accepted.
   *
   * Answer: ['reply', SipReply]. Default: 405 with Allow, and the method is absent from Allow.
   */
  readonly sip_refer?: unknown;
}
