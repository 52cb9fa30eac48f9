// Written by 'npm run docs': what an editor shows at these names.

export interface CoreCallbackTexts {
  /**
   * Called when a request has digest credentials with a nonce of this service, if sip_authorize is implemented: at most once for each realm, and not during a pause of sip_max_auth_failures. Returns the password, an HA1 from makeHa1, true (no password needed) or false (no such user).
   *
   * Answer: string | boolean. Default: false, but true for the user anonymous.
   */
  readonly sip_get_user_pass?: unknown;
  /**
   * Called before sip_authorize, where that is implemented: a plugin that knows something about the sender returns ['continue', [[...authList, entry], req, call]], and sip_authorize gets the list at the end of the chain.
   *
   * Answer: AuthEntry[]. Default: authList.
   */
  readonly sip_authorize_data?: unknown;
  /**
   * Called for every request except ACK and CANCEL. authList has an entry [['digest', realm], valid] for each realm that the request has credentials for, and those that plugins add: 'register' from the registrar.
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
   * Called for every SUBSCRIBE request that sip_authorize and sip_route accepted.
   *
   * Answer: ['reply', SipReply]. Default: 405 with Allow, and the method is absent from Allow.
   */
  readonly sip_subscribe?: unknown;
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
