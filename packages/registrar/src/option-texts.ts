// Written by 'npm run docs': what an editor shows at these names.

export interface RegistrarOptionTexts {
  /**
   * The lifetime of a contact whose REGISTER has neither Expires nor the parameter expires.
   *
   * Value: seconds, 1 to 4294967295. Default: 3600.
   */
  readonly sip_registrar_default_time?: unknown;
  /**
   * The shortest lifetime. A REGISTER that asks for less, for less than an hour and not for 0 gets a 423 with this value in Min-Expires.
   *
   * Value: seconds, 0 to 4294967295. Default: 60.
   */
  readonly sip_registrar_min_time?: unknown;
  /**
   * The longest lifetime. A REGISTER that asks for more is granted this.
   *
   * Value: seconds, 1 to 4294967295. Default: 86400.
   */
  readonly sip_registrar_max_time?: unknown;
  /**
   * Contacts that one address of record may have. Beyond: 403, and those that are registered stay.
   *
   * Value: a number, from 1 up. Default: 10.
   */
  readonly sip_registrar_max_contacts?: unknown;
  /**
   * How long the store may take for one operation. Beyond: 500, and a late answer is ignored.
   *
   * Value: seconds, 1 to 3600. Default: 5.
   */
  readonly sip_registrar_store_timeout?: unknown;
}
