import { isToken } from '@nksip-ts/sip';
import { z } from 'zod';
import { isNetwork } from '../transport/networks.js';

// The kinds of options, for core and plugins: each has a `type` and a `description`, for the reference and for the message about a wrong value.
// `.meta({ fixed: true })` behind one says that it cannot change while the service runs, `secret: true` that no error shows its value.

interface Range { readonly min?: number; readonly max?: number }

/** A whole number of some unit. */
function whole(unit: string, description: string, fallback: number, { min = 0, max = Number.MAX_SAFE_INTEGER }: Range): z.ZodDefault<z.ZodNumber> {
  const range = max === Number.MAX_SAFE_INTEGER ? `from ${min} up` : `${min} to ${max}`;
  return z.number().int().min(min).max(max).default(fallback).meta({ type: `${unit}, ${range}`, description });
}

/** setTimeout takes no more than this. */
const longestTimer = 2_147_483_647;

export const milliseconds = (description: string, fallback: number, range: Range = {}): z.ZodDefault<z.ZodNumber> =>
  whole('milliseconds', description, fallback, { max: longestTimer, ...range });

export const seconds = (description: string, fallback: number, range: Range = {}): z.ZodDefault<z.ZodNumber> =>
  whole('seconds', description, fallback, { max: Math.floor(longestTimer / 1000), ...range });

export const bytes = (description: string, fallback: number, range: Range = {}): z.ZodDefault<z.ZodNumber> =>
  whole('bytes', description, fallback, range);

export const count = (description: string, fallback: number, range: Range = {}): z.ZodDefault<z.ZodNumber> =>
  whole('a number', description, fallback, range);

export const flag = (description: string, fallback: boolean): z.ZodDefault<z.ZodBoolean> =>
  z.boolean().default(fallback).meta({ type: 'true or false', description });

/** A text that ends up in a header or a path: one line, not empty. */
export const line = (description: string): z.ZodOptional<z.ZodString> =>
  oneLine().optional().meta({ type: 'a text on one line', description });

/** URIs in one text; what else programs write there is told how to write it. */
export const listenText = (description: string) =>
  z.string({ error: ({ input }) => isListOfTexts(input) ? `write one text, with commas between: '${input.join(', ')}'` : "write URIs in one text, for example 'sip:all:5060, sips:all:5061'" })
    .regex(/^[^\u0000-\u001f\u007f]+$/, 'it is empty, or has control characters').optional()
    .meta({ type: 'a text on one line', description });

function isListOfTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string' && /^<?sips?:/.test(one));
}

export function oneLine(): z.ZodString {
  return z.string().min(1).regex(/^[^\u0000-\u001f\u007f]*$/, 'control characters cannot stand in it');
}

const signIn = z.strictObject({ user: oneLine().optional(), realm: z.string().optional(), pass: z.string() }).readonly();

/** Of a client: for any realm, or by realm. What was written never stands in an error. */
export const passwords = (description: string) =>
  z.union([
    z.string(),
    signIn,
    // A slip in { user, pass } does not make realms of its names.
    z.record(z.string(), z.string()).refine((byRealm) => !Object.hasOwn(byRealm, 'pass')),
    z.array(z.tuple([z.string(), z.string()]).readonly().or(signIn)).readonly(),
  ]).optional()
    .meta({ type: 'a password (or a HA1 of makeHa1), { user, realm, pass } where user and realm may be absent, { realm: password }, or a list of [realm, password] or { user, realm, pass }', description, secret: true });

/** What nobody may guess. */
export const secret = (description: string) =>
  z.string().min(16).optional().meta({ type: 'a text of 16 characters or more', description, secret: true });

/** A DNS name, or one in which `*` stands for the first label. */
const serverName = z.string().regex(/^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i, 'a name is like sip.example.com or *.example.com');

/** Of a server: files by name; parsed the names are lower-cased. */
export const certificatesByName = (description: string) =>
  z.record(serverName, z.strictObject({ certfile: oneLine(), keyfile: oneLine().exactOptional(), password: z.string().exactOptional() }).readonly())
    .transform((files) => Object.fromEntries(Object.entries(files).map(([name, value]) => [name.toLowerCase(), value])))
    .optional()
    .meta({ type: "{ 'name.example': { certfile, keyfile, password }, ... }; keyfile and password may be absent", description, secret: true });

/** 'a, b' or ['a', 'b']; parsed it is a list without blanks and repetitions. */
export const list = (description: string) =>
  z.union([oneLine().or(z.literal('')), z.array(oneLine()).readonly()])
    .transform((value): readonly string[] => [...new Set((typeof value === 'string' ? value.split(',') : value).map((item) => item.trim()).filter((item) => item !== ''))])
    .optional()
    .meta({ type: "names as 'a, b' or ['a', 'b']", description });

/** Words that stand in a header: event packages, methods, extensions (RFC 3261 25.1). */
export const tokens = (description: string) =>
  list('')
    .refine((given) => given?.every((item) => isToken(item)) ?? true, 'a name has no blanks, quotes or commas in it')
    .meta({ type: "names as 'a, b' or ['a', 'b'], each one token", description });

function isOrigin(text: string): boolean {
  return text === 'null' || (URL.canParse(text) && new URL(text).origin === text.toLowerCase());
}

/** Origins as a browser writes them (RFC 6454 6.2); parsed they are lower-cased. */
export const origins = (description: string) =>
  list('')
    .refine((given) => given?.every(isOrigin) ?? true, 'an origin is a scheme, a host and perhaps a port')
    .transform((given) => given?.map((origin) => origin.toLowerCase()))
    .meta({ type: "origins such as 'https://a.example, https://b.example:8443', or a list of them", description });

const openSocket = /^(\d+(?:\.\d+){3}:\d+|\[[\da-f:]+\]:\d+)=(\d+)$/i;

/** Sockets by address and port; parsed it is a map. */
export const openSockets = (description: string) =>
  list('')
    .refine((given) => given?.every((text) => openSocket.test(text)) ?? true, "a socket is an address, a port and a number, like '192.0.2.1:5060=4'")
    .transform((given) => given && new Map(given.map((text) => {
      const [, at = '', number] = openSocket.exec(text) ?? [];
      return [at, Number(number)] as const;
    })))
    .meta({ type: "addresses, ports and numbers such as '192.0.2.1:5060=4, [2001:db8::1]:5060=5', or a list of them", description });

/** Addresses and networks; an error names the one that is neither. */
export const networks = (description: string) =>
  list('')
    .superRefine((given, context) => {
      const wrong = given?.find((text) => !isNetwork(text));
      if (wrong === undefined) return;
      context.addIssue({ code: 'invalid_format', format: 'network', message: `'${wrong}' is neither an address nor a network whose bits behind the prefix are 0` });
    })
    .meta({ type: "addresses and networks such as '192.0.2.1, 10.0.0.0/8, 2001:db8::/32', or a list of them", description });
