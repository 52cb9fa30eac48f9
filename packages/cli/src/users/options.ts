import { z } from 'zod';
import { whyNoName } from './users-text.js';

const isAddress = (text: string): boolean => {
  const at = text.lastIndexOf('@');
  return whyNoName(text.slice(0, Math.max(0, at))) === undefined && whyNoName(text.slice(at + 1)) === undefined;
};

/** The options of the plugin, as they may be written in a configuration. */
export const options = z.object({
  sip_users: z.record(z.string().refine(isAddress), z.string().min(1)).readonly().optional().meta({
    type: "{ 'alice@example.com': 'password', ... }, where the password may be what nksip-ts ha1 prints behind the colon", secret: true,
    description: 'Who may sign in, and with which password (digest). Whoever has signed in may publish, register and watch as sip_users_may says.',
  }),
  sip_users_file: z.string().min(1).optional().meta({
    type: 'a file', description: 'A file of users, made by nksip-ts passwd: lines user:realm:ALGORITHM:HA1. It is read again when it changes. The users of sip_users are there as well.',
  }),
  sip_users_may: z.enum(['own', 'all']).default('own').meta({
    type: "'own' or 'all'", description: "Whose state a user may publish, and for whom a user may register. 'own': alice of the realm example.com for alice@example.com only. 'all': for everybody.",
  }),
});

export type UsersOptions = z.output<typeof options>;
