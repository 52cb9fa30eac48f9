import type { PublicationUpdate, RegistrationUpdate } from './kept.js';

declare module '@nksip-ts/core' {
  interface ServiceEventMap {
    /** A REGISTER of a registration that is kept alive was answered, or not in time, or the registration has ended. */
    'uac_auto:registration': [update: RegistrationUpdate];
    /** A PUBLISH of a publication that is kept alive was answered, or not in time, or the publication has ended. `sip_etag` is its tag from now on. */
    'uac_auto:publication': [update: PublicationUpdate];
  }
}
