import { invalidMessages } from './torture-invalid.ts';
import { layerMessages } from './torture-layers.ts';
import type { TortureMessage } from './torture-message.ts';
import { validMessages } from './torture-valid.ts';

export type { TortureMessage } from './torture-message.ts';

/** All of RFC 4475, one message a section, in its order. */
export const tortureMessages: readonly TortureMessage[] = [...validMessages, ...invalidMessages, ...layerMessages];
