import { z } from 'zod';

import { sendingOptions } from './request-options.js';
import type { RegisterOptionTexts } from './request-option-texts.generated.js';

/** The options of `uac.register`, with NkSIP's names. */
export const registerOptions = z.strictObject({
  ...sendingOptions,
  contact: sendingOptions.contact.unwrap().optional().meta({ type: 'true, false, an address or a list of them', description: 'Contact. Unset, or true: from the user in From and the address of the service. false: none, to ask what is registered.' }),
  expires: sendingOptions.expires.unwrap().optional().meta({ type: 'seconds, 0 to 4294967295', description: 'Expires: how long the contact is to be registered. Unset: the registrar decides.' }),
  supported: sendingOptions.supported.unwrap().optional().meta({ type: "a text, such as 'a, b', or a list of them", description: 'Supported: option tags. Unset: path.' }),
  unregister: z.boolean().optional().meta({ type: 'true or false', description: 'Removes the contact: Expires is 0.' }),
  unregister_all: z.boolean().optional().meta({ type: 'true or false', description: 'Removes all contacts of the address, whoever registered them: Contact is *, Expires 0.' }),
  reg_id: z.number().int().min(1).max(2 ** 31 - 1).optional()
    .meta({ type: '1 to 2147483647', description: 'Number of the flow (RFC 5626): the Contact has reg-id and +sip.instance, the URN of this service, which stays the same over restarts if sip_secret is set. The contact then replaces the one that was registered with the same number.' }),
});

/** What `uac.register` takes. */
export type RegisterOptions = z.input<typeof registerOptions> & RegisterOptionTexts;

export type RegisterReading = z.output<typeof registerOptions>;
