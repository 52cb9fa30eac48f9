import { Publisher, Registerer, RegistererState, RequestPendingError, Subscriber, SubscriptionState, UserAgent } from 'sip.js';

// Runs in Node and, bundled, in a browser: nothing here may belong to one of them alone.

/** What SIP.js lived through. */
export interface Stayed {
  /** What alice was shown of bob, and bob of alice: what `<basic>` says, one for each NOTIFY. */
  readonly alice: readonly string[];
  readonly bob: readonly string[];
  /** States of alice's registration. */
  readonly states: readonly string[];
}

/**
 * Two register, publish and watch each other; if a registration lasts seconds only, one refreshes its own by itself, half way; then both take their leave. Without a
 * password there is none to tell.
 */
export async function stay(server: string, password?: string, lifetime = 2): Promise<Stayed> {
  const alice = await Stay.begin(server, 'alice', 'bob', password, lifetime);
  const bob = await Stay.begin(server, 'bob', 'alice', password, lifetime);
  await Promise.all([alice.shown.upTo(2), bob.shown.upTo(1), alice.accepted.upTo(lifetime > 60 ? 1 : 2)]);
  await alice.end();
  await bob.shown.upTo(2);
  await bob.end();
  return { alice: alice.shown.seen, bob: bob.shown.seen, states: alice.states.seen };
}

/** One of them. */
class Stay {
  readonly shown = new Seen();
  readonly states = new Seen();
  /** The REGISTERs of it that were accepted. */
  readonly accepted = new Seen();

  private constructor(
    private readonly agent: UserAgent, private readonly registerer: Registerer, private readonly publisher: Publisher, private readonly subscriber: Subscriber,
  ) {}

  static async begin(server: string, user: string, buddy: string, password: string | undefined, lifetime: number): Promise<Stay> {
    const [uri, watched] = [uriOf(user), uriOf(buddy)];
    const secret = password === undefined ? {} : { authorizationUsername: user, authorizationPassword: password };
    const agent = new UserAgent({ uri, transportOptions: { server }, logBuiltinEnabled: false, ...secret });
    await agent.start();
    const publisher = new Publisher(agent, uri, 'presence', { contentType: 'application/pidf+xml', expires: 600 });
    const stay = new Stay(agent, new Registerer(agent, { expires: lifetime, refreshFrequency: 50 }), publisher, new Subscriber(agent, watched, 'presence', { expires: 600 }));
    await stay.#begin(user);
    return stay;
  }

  async #begin(user: string): Promise<void> {
    this.registerer.stateChange.addListener((state) => { this.states.add(state); });
    this.subscriber.delegate = {
      onNotify: (notification) => {
        this.shown.add(/(?<=<basic>)\w+/.exec(notification.request.body)?.[0] ?? 'nothing');
        void notification.accept();
      },
    };
    this.#hear();
    await this.registerer.register();
    await this.accepted.upTo(1);
    await this.publisher.publish(presence(user));
    await this.subscriber.subscribe();
    await this.shown.upTo(1);
  }

  /** Unsubscribes, unpublishes and unregisters, one after the other. */
  async end(): Promise<void> {
    const left = new Promise<void>((resolve) => {
      this.subscriber.stateChange.addListener((state) => { if (state === SubscriptionState.Terminated) resolve(); });
    });
    await this.subscriber.unsubscribe();
    await left;
    await this.publisher.dispose();
    const gone = new Promise<void>((resolve) => {
      this.registerer.stateChange.addListener((state) => { if (state === RegistererState.Unregistered) resolve(); });
    });
    await this.#unregister();
    await gone;
    await this.agent.stop();
  }

  /** It refuses to while a refresh of its own is under way. */
  async #unregister(): Promise<void> {
    const refreshed = this.accepted.upTo(this.accepted.seen.length + 1);
    try {
      await this.registerer.unregister();
    } catch (error) {
      if (!(error instanceof RequestPendingError)) throw error;
      await refreshed;
      await this.registerer.unregister();
    }
  }

  #hear(): void {
    const { transport } = this.agent;
    const handle = transport.onMessage;
    transport.onMessage = (text) => {
      handle?.(text);
      if (/^SIP\/2\.0 200 /.test(text) && /^CSeq: \d+ REGISTER/m.test(text)) this.accepted.add('200');
    };
  }
}

function uriOf(user: string) {
  const uri = UserAgent.makeURI(`sip:${user}@127.0.0.1`);
  if (uri === undefined) throw new Error('no URI');
  return uri;
}

function presence(user: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:${user}@127.0.0.1"><tuple id="t1"><status><basic>open</basic></status></tuple></presence>`;
}

class Seen {
  readonly seen: string[] = [];
  readonly #waiting: { readonly count: number; resolve(): void }[] = [];

  add(what: string): void {
    this.seen.push(what);
    for (const { count, resolve } of this.#waiting) if (this.seen.length >= count) resolve();
  }

  async upTo(count: number): Promise<void> {
    if (this.seen.length < count) await new Promise<void>((resolve) => { this.#waiting.push({ count, resolve }); });
  }
}
