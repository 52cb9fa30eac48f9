import { logLevels, portFault } from '@nksip-ts/core';
import { formatUri, parseNameAddr, parseUri } from '@nksip-ts/sip';
import { Misuse, text, type Parsed } from '../command-line/command-line.js';
import { foldersFor } from '../config/invocation.js';
import { faultLog } from '../output/service-log.js';
import { setFlagOptions } from '../config/set-flag.js';

export const clientHelp = `  --timeout N        seconds to wait for the response (default 64, so that a second
                     server is tried if the first one is silent for 32)
  --pass PASSWORD    for a server that asks for one (401, 407). Every user of this machine
                     can see it here; better use the environment variable NKSIP_TS_PASS
  --user NAME        the user to sign in as (default: the user in --from)
  --proxy URI        the server to send the request to, e.g. sip:127.0.0.1:5060, if it cannot
                     be found from URI; the Request-URI is still URI
  --set NAME=VALUE   any option of docs/options.md, e.g. tls_cafile=FILE; may be repeated
  --trace            print every message, without credentials, on standard error
`;

export const clientFlags = {
  from: { type: 'string' }, timeout: { type: 'string' }, pass: { type: 'string' }, user: { type: 'string' }, proxy: { type: 'string' },
  set: { type: 'string', multiple: true }, trace: { type: 'boolean' },
} as const;

/** What the service that sends a request is told. Rejects with Misuse. */
export async function clientOptions(parsed: Parsed): Promise<Readonly<Record<string, unknown>>> {
  const given = await setFlagOptions(parsed, {}, foldersFor(undefined));
  const proxy = text(parsed, 'proxy');
  const fromEnvironment = process.env['NKSIP_TS_PASS'];
  const pass = text(parsed, 'pass') ?? given['sip_pass'] ?? (fromEnvironment === '' ? undefined : fromEnvironment);
  const isTraced = parsed.flags['trace'] === true || given['sip_trace'] === true;
  const asked = logLevels.find((known) => known === given['log_level']) ?? 'error';
  // A trace is logged at info.
  const level = isTraced && asked !== 'debug' ? 'info' : asked;
  return {
    logger: faultLog(level), log_level: level,
    ...given,
    ...(isTraced && { log_level: level, sip_trace: true }),
    ...(pass === undefined && text(parsed, 'user') === undefined ? undefined : { sip_pass: signIn(text(parsed, 'user'), pass) }),
    ...(proxy === undefined ? undefined : { sip_route: [routeOf(proxy)] }),
  };
}

/** Whose password it is, where the options of a client name somebody. */
export function userOf({ sip_pass: pass }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof pass === 'object' && pass !== null && 'user' in pass && typeof pass.user === 'string' ? pass.user : undefined;
}

function signIn(user: string | undefined, pass: unknown): unknown {
  if (user === undefined) return pass;
  if (pass === undefined) throw new Misuse('--user wants the password of that user, too: give it with --pass, or in the environment variable NKSIP_TS_PASS.');
  if (typeof pass !== 'string') throw new Misuse('--user goes with one password: write the users into --set sip_pass, or the password into --pass.');
  return { user, pass };
}

/** RFC 3261 8.1.2: a pre-loaded route of one loose router. */
function routeOf(proxy: string): string {
  const uri = parseUri(proxy) ?? parseUri(parseNameAddr(proxy)?.uri ?? '');
  const fault = portFault(proxy);
  if (fault !== undefined) throw new Misuse(`--proxy cannot be '${proxy}': ${fault}.`);
  if (uri === undefined || (uri.scheme !== 'sip' && uri.scheme !== 'sips')) throw new Misuse(`--proxy wants a SIP URI such as sip:proxy.example.com, not '${proxy}'.`);
  if (uri.headers !== undefined) throw new Misuse(`--proxy wants a URI without headers: leave out what stands behind the '?' in '${proxy}'.`);
  return `<${formatUri({ ...uri, params: new Map([...uri.params, ['lr', '']]) })}>`;
}
