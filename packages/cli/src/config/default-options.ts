import { parseUri } from '@nksip-ts/sip';
import { Misuse, type Parsed } from '../command-line/command-line.js';
import { workersIn } from '../command-line/workers-flag.js';

type Options = Readonly<Record<string, unknown>>;

const notifier = 'event-notifier';

/** Users who sign in. */
const users = 'users';
const usersOptions = /^sip_users(?:_|$)/;

/** Plugins that an option of theirs asks for. */
const byOption: readonly (readonly [plugin: string, options: RegExp])[] = [[users, usersOptions], ['admin', /^sip_admin_/]];

const everywhere = { sip_listen: 'sip:127.0.0.1:5060', sip_events: 'presence,dialog,message-summary,nkpublish', log_level: 'info' };

/** The options of `serve` that nobody has given. Throws Misuse where what was given cannot be together. */
export function defaultOptions(parsed: Parsed, given: Options): Options {
  const options = { ...everywhere, plugins: ['event-compositor', ...(parsed.flags['no-registrar'] === true ? [] : ['registrar']), ...(canWatch(parsed) ? [notifier] : [])] };
  const { plugins, sip_listen: listen } = { ...options, ...given };
  if (!isWatched(plugins)) return options;
  if (workersIn(parsed) > 1) throw new Misuse(`The plugin '${notifier}' needs one process: leave it out of 'plugins', or leave --workers out.`);
  // Whoever can reach this machine only is let in; others wait until somebody decides (RFC 3856 6.6.2), and so do those who are not the owner.
  return isThisMachine(listen) && !Object.keys(given).some(isOfUsers) ? { ...options, sip_event_notifier_default_decision: 'allow' } : options;
}

/** These plugins, and those that an option of their own asks for: of users, and of the page. */
export function withAsked(plugins: readonly unknown[], optionNames: Iterable<string>): readonly unknown[] {
  const names = [...optionNames];
  return [...plugins, ...byOption.filter(([plugin, options]) => !plugins.includes(plugin) && names.some((name) => options.test(name))).map(([plugin]) => plugin)];
}

/** For a service that nobody signs in to. */
export function withoutUsers(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([option]) => !isOfUsers(option)));
}

function isOfUsers(option: string): boolean {
  return usersOptions.test(option);
}

/** Whether watchers are left out because there are several processes, which nobody may have meant. */
export function leavesWatchersOut(parsed: Parsed): boolean {
  return parsed.flags['no-watchers'] !== true && workersIn(parsed) > 1;
}

function canWatch(parsed: Parsed): boolean {
  return parsed.flags['no-watchers'] !== true && workersIn(parsed) === 1;
}

function isWatched(plugins: unknown): boolean {
  return Array.isArray(plugins) && plugins.includes(notifier);
}

function isThisMachine(listen: unknown): boolean {
  return typeof listen === 'string' && listen.split(',').every((uri) => isLoopback(parseUri(uri.trim().replace(/^<|>$/g, ''))?.domain ?? ''));
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
