import { EventEmitter, once } from 'node:events';
import { uac, type Call, type DialogUpdate, type Reply, type Service, type SipRequest, type Subscription, type SubscriptionStatus } from '@nksip-ts/core';
import { Misuse, oneUri, readArguments, seconds, text } from '../command-line/command-line.js';
import { exitCodeOf, exitCodes, type ExitCode } from '../command-line/exit-codes.js';
import { print, printPage, printRaw, tell } from '../output/terminal.js';
import { startClient, type Client } from './client.js';
import { clientFlags, clientHelp } from './client-options.js';
import { describe } from './describe.js';
import { Interrupt } from './interrupt.js';

export const watchHelp = `Usage: nksip-ts watch URI --event E [options]

Subscribes to the state of URI and prints it, now and whenever it changes, until Ctrl-C.

  --event E          the event package (required), e.g. presence, dialog, message-summary
  --once             print the state once and end
  --raw              print the documents only, byte for byte as they came
  --expires N        lifetime in seconds to ask for (default 3600); it is refreshed in time
  --accept TYPES     media types to accept, as a,b (default: those of the package)
  --from URI         who watches (default: the URI)
${clientHelp}
Examples:
  nksip-ts watch sip:alice@127.0.0.1:5060 --event nkpublish
  nksip-ts watch sip:alice@127.0.0.1:5060 --event presence --once --raw > alice.xml
`;

const watchFlags = {
  event: { type: 'string' }, once: { type: 'boolean' }, raw: { type: 'boolean' }, expires: { type: 'string' }, accept: { type: 'string' }, ...clientFlags,
} as const;

/** RFC 3856 6.4, RFC 4235 3.4 and RFC 3842 3.4 have an hour. */
const usualExpires = 3600;

/** How long the last NOTIFY is waited for, in milliseconds. */
const lastWord = 2_000;

export async function watch(args: readonly string[]): Promise<ExitCode> {
  const parsed = readArguments(args, watchFlags);
  if (parsed.flags['help'] === true) {
    printPage(watchHelp);
    return exitCodes.ok;
  }
  const uri = oneUri(parsed.words, 'watch');
  const event = text(parsed, 'event');
  if (event === undefined) throw new Misuse('watch wants --event, for example --event presence.');
  const asked = seconds(parsed, 'expires') ?? usualExpires;
  const isOnce = parsed.flags['once'] === true || asked === 0;
  const accept = text(parsed, 'accept');
  const watching = new Watching(parsed.flags['raw'] === true);
  const client = await startClient(parsed, uri, watching.callbacks);
  try {
    // RFC 6665 4.4.3: a subscription of no time is a fetch.
    const options = { event, expires: isOnce ? 0 : asked, ...client.common, ...(accept !== undefined && { accept }) };
    return await follow(client, watching, await client.patiently(uac.subscribe(client.service, uri, options)), isOnce);
  } finally {
    await client.service.stop();
  }
}

type Subscribed = Awaited<ReturnType<typeof uac.subscribe>>;

async function follow(client: Client, watching: Watching, result: Subscribed, isOnce: boolean): Promise<ExitCode> {
  if (!result.ok) {
    print(...describe(result, ['Min-Expires', 'Allow-Events', 'Accept', 'Retry-After']));
    client.tellNext(result);
    return exitCodeOf(result);
  }
  const interrupted = watching.interrupt;
  try {
    const { first } = interrupted;
    const why = first.aborted ? undefined : await Promise.race([watching.ended, once(first, 'abort').then(() => undefined)]);
    if (why === undefined) {
      await leave(client.service, watching, interrupted.second);
      return exitCodes.ok;
    }
    return isOnce && watching.hasState ? exitCodes.ok : ended(why);
  } finally {
    interrupted.close();
  }
}

/** Ends what is subscribed, and prints what the server has to say last. */
async function leave(service: Service, watching: Watching, again: AbortSignal): Promise<void> {
  const left = [...watching.handles].map((handle) => uac.subscribe(service, handle, { expires: 0 }));
  await Promise.race([Promise.allSettled([...left, watching.ended]), once(again, 'abort'), new Promise((resolve) => setTimeout(resolve, lastWord).unref())]);
}

/** A person who watches learns why that is over. */
function ended(status: SubscriptionStatus): ExitCode {
  const [, reason] = Array.isArray(status) ? status : [];
  if (Array.isArray(reason)) tell(`nksip-ts: the subscription ended: the server refused to go on with it (${String(reason[1])}).`);
  else tell(`nksip-ts: the subscription ended: ${reason === 'timeout' ? 'no state came from the server in time' : String(reason)}.`);
  return reason === 'timeout' ? exitCodes.noResponse : exitCodes.refused;
}

/** What a subscription of the command is told. By forking there may be several. */
class Watching {
  readonly handles = new Set<string>();
  readonly #events = new EventEmitter();
  /** The last subscription has ended: how. */
  readonly ended: Promise<SubscriptionStatus> = once(this.#events, 'ended').then(([status]) => status as SubscriptionStatus);
  /** A state was printed. */
  hasState = false;
  #interrupt: Interrupt | undefined;

  constructor(private readonly isRaw: boolean) {}

  /** From the first state on, which may come before the response to the SUBSCRIBE: whoever sees it may press Ctrl-C. */
  get interrupt(): Interrupt {
    return this.#interrupt ??= new Interrupt();
  }

  get callbacks() {
    return {
      sip_notify: (req: SipRequest): Reply => {
        this.#show(req);
        return ['reply', 'ok'];
      },
      sip_dialog_update: (update: DialogUpdate, _call: Call, { handle }: Subscription): void => {
        if (update === 'start') this.handles.add(handle);
        if (!Array.isArray(update) || update[0] !== 'subscription_status') return;
        const status: SubscriptionStatus = update[1];
        if (!Array.isArray(status)) return;
        this.handles.delete(handle);
        if (this.handles.size === 0) this.#events.emit('ended', status);
      },
    };
  }

  #show(req: SipRequest): void {
    this.hasState = true;
    this.#interrupt ??= new Interrupt();
    const head = ['Subscription-State', 'Content-Type'].flatMap((name) => req.header(name).map((value) => `${name}: ${value}`));
    if (this.isRaw) printRaw(new Uint8Array(req.body));
    else print(...head, '', ...linesOf(req.body));
  }
}

function linesOf(body: Uint8Array): readonly string[] {
  const text = Buffer.from(body).toString('utf8').trimEnd();
  return text === '' ? [] : [...text.split(/\r?\n/), ''];
}
