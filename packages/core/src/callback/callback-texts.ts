// Written by 'npm run docs': what an editor shows at these names.

export interface CoreCallbackTexts {
  /**
   * Asked when a request carries digest credentials for a nonce of ours, and somebody but core answers sip_authorize: once for each realm at most, and not during a pause of sip_max_auth_failures. Answers the password, a HA1 made by makeHa1, true (no password is wanted) or false (no such user).
   *
   * Answer: string | boolean. If nobody answers: false, but true for the user anonymous.
   */
  readonly sip_get_user_pass?: unknown;
  /**
   * Asked for every request but ACK and CANCEL. authList has an entry [['digest', realm], held] for each realm that the request has credentials for.
   *
   * Answer: 'ok' | 'forbidden' | 'authenticate' | 'proxy_authenticate' | ['authenticate' | 'proxy_authenticate', realm]. If nobody answers: 'ok'.
   */
  readonly sip_authorize?: unknown;
  /**
   * Called for every authorized request whose method somebody serves (any other one is answered 405 before it), with the parts of its Request-URI: process it here, or answer at once.
   *
   * Answer: 'process' | ['reply', SipReply]. If nobody answers: 'process'.
   */
  readonly sip_route?: unknown;
  /**
   * Asked for every OPTIONS request that was let pass.
   *
   * Answer: ['reply', SipReply]. If nobody answers: 200 with Allow, Allow-Events, Accept and Supported.
   */
  readonly sip_options?: unknown;
  /**
   * Asked for every PUBLISH request that was let pass.
   *
   * Answer: ['reply', SipReply]. If nobody answers: 405 with Allow, and the method is absent from Allow.
   */
  readonly sip_publish?: unknown;
  /**
   * Asked for every MESSAGE request that was let pass.
   *
   * Answer: ['reply', SipReply]. If nobody answers: 405 with Allow, and the method is absent from Allow.
   */
  readonly sip_message?: unknown;
  /**
   * Asked for every INFO request that was let pass.
   *
   * Answer: ['reply', SipReply]. If nobody answers: 405 with Allow, and the method is absent from Allow.
   */
  readonly sip_info?: unknown;
  /**
   * Asked for every SUBSCRIBE request that was let pass.
   *
   * Answer: ['reply', SipReply]. If nobody answers: 405 with Allow, and the method is absent from Allow.
   */
  readonly sip_subscribe?: unknown;
  /**
   * Asked for every NOTIFY request that was let pass.
   *
   * Answer: ['reply', SipReply]. If nobody answers: 405 with Allow, and the method is absent from Allow.
   */
  readonly sip_notify?: unknown;
  /**
   * Asked for every REGISTER request that was let pass.
   *
   * Answer: ['reply', SipReply]. If nobody answers: 405 with Allow, and the method is absent from Allow.
   */
  readonly sip_register?: unknown;
  /**
   * Asked for every REFER request that was let pass.
   *
   * Answer: ['reply', SipReply]. If nobody answers: 405 with Allow, and the method is absent from Allow.
   */
  readonly sip_refer?: unknown;
}
