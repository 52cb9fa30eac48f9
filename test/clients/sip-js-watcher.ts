import { Publisher, Subscriber, SubscriptionState, UserAgent } from 'sip.js';

// Runs in Node and, bundled, in a browser: nothing here may belong to one of them alone.

/** What SIP.js was sent. */
export interface Watched {
  /** Subscription-State without its seconds, and what the document says: `active open`, one for each NOTIFY. */
  readonly seen: readonly string[];
  /** States of the subscription. */
  readonly states: readonly string[];
}

/** Seconds. A publication or subscription that nobody refreshes is over then. */
const lifetime = 2;

/** One SIP.js watches, over a Contact in `.invalid`, what another one publishes: initial, modify, remove, and what expires when the connection of its phone is lost. */
export async function watchPresence(server: string): Promise<Watched> {
  const [watcher, phone] = [agentOf(server, 'bob'), agentOf(server, 'erin')];
  await Promise.all([watcher.start(), phone.start()]);
  const erin = uriOf('erin');
  const { notified, states, subscriber } = subscribed(watcher, 60);
  await subscriber.subscribe();
  await notified.upTo(1);
  const publisher = new Publisher(phone, erin, 'presence', { contentType: 'application/pidf+xml', expires: lifetime });
  await publisher.publish(presence('open'));
  await notified.upTo(2);
  await publisher.publish(presence('closed'));
  await notified.upTo(3);
  await publisher.unpublish();
  await notified.upTo(4);
  await publisher.publish(presence('open'));
  await notified.upTo(5);
  await phone.transport.disconnect();
  await notified.upTo(6);
  await leave(subscriber);
  await watcher.stop();
  return { seen: notified.seen, states };
}

/** SIP.js watches somebody offline until it has refreshed its subscription twice by itself. */
export async function watchThroughRefreshes(server: string): Promise<Watched> {
  const watcher = agentOf(server, 'bob');
  await watcher.start();
  const { notified, states, subscriber } = subscribed(watcher, lifetime);
  await subscriber.subscribe();
  await notified.upTo(3);
  await leave(subscriber);
  await watcher.stop();
  return { seen: notified.seen, states };
}

function subscribed(watcher: UserAgent, expires: number) {
  const notified = new Notified();
  const states: string[] = [];
  const subscriber = new Subscriber(watcher, uriOf('erin'), 'presence', { expires });
  subscriber.stateChange.addListener((state) => void states.push(state));
  subscriber.delegate = {
    onNotify: (notification) => {
      const { request } = notification;
      notified.add(request.getHeader('Subscription-State') ?? '', request.body);
      void notification.accept();
    },
  };
  return { notified, states, subscriber };
}

async function leave(subscriber: Subscriber): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    subscriber.stateChange.addListener((state) => { if (state === SubscriptionState.Terminated) resolve(); });
  });
  await subscriber.unsubscribe();
  await ended;
}

function uriOf(user: string) {
  const uri = UserAgent.makeURI(`sip:${user}@example.com`);
  if (uri === undefined) throw new Error('no URI');
  return uri;
}

function agentOf(server: string, user: string): UserAgent {
  return new UserAgent({ uri: uriOf(user), transportOptions: { server }, logBuiltinEnabled: false });
}

function presence(basic: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:erin@example.com"><tuple id="t1"><status><basic>${basic}</basic></status></tuple></presence>`;
}

class Notified {
  readonly seen: string[] = [];
  #wanted = 0;
  #resolve: () => void = () => undefined;

  add(state: string, document: string): void {
    const [basic] = /(?<=<basic>)\w+/.exec(document) ?? ['nothing'];
    const [tuple] = /(?<=<tuple id=")[^"]+/.exec(document) ?? ['none'];
    this.seen.push(`${state.replace(/;expires=\d+/, '')} ${basic} ${tuple}`);
    if (this.seen.length >= this.#wanted) this.#resolve();
  }

  async upTo(count: number): Promise<void> {
    this.#wanted = count;
    if (this.seen.length < count) await new Promise<void>((resolve) => (this.#resolve = resolve));
  }
}
