import { Publisher, TransportState, UserAgent } from 'sip.js';

// Runs in Node and, bundled, in a browser: nothing here may belong to one of them alone.

/** What SIP.js lived through. */
export interface Outcome {
  /** `200 etag=a expires=2`, one for each answer. */
  readonly answers: readonly string[];
  /** States of the publisher. */
  readonly states: readonly string[];
  /** State of the transport at the end. */
  readonly transport: string;
}

const seconds = 2;

/** SIP.js's own publisher: initial, refresh (which it sends by itself), modify, unpublish, initial again, and the removal when it is disposed of. */
export async function lifecycle(server: string, user: string): Promise<Outcome> {
  const uri = UserAgent.makeURI(`sip:${user}@example.com`);
  if (uri === undefined) throw new Error('no URI');
  const agent = new UserAgent({ uri, transportOptions: { server }, logBuiltinEnabled: false });
  const answers = new Answers();
  await agent.start();
  answers.watch(agent);
  const states: string[] = [];
  const publisher = new Publisher(agent, uri, 'presence', { contentType: 'application/pidf+xml', expires: seconds });
  publisher.stateChange.addListener((state) => void states.push(state));
  await publisher.publish(presence('open'));
  await answers.upTo(2);
  await publisher.publish(presence('closed'));
  await answers.upTo(3);
  await publisher.unpublish();
  await answers.upTo(4);
  await publisher.publish(presence('open'));
  await answers.upTo(5);
  await publisher.dispose();
  await answers.upTo(6);
  const closed = new Promise<void>((resolve) => {
    agent.transport.stateChange.addListener((state) => { if (state === TransportState.Disconnected) resolve(); });
  });
  await agent.stop();
  await closed;
  return { answers: answers.seen, states, transport: agent.transport.state };
}

function presence(basic: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:jürgen@example.com"><tuple id="t1"><status><basic>${basic}</basic></status></tuple></presence>`;
}

class Answers {
  readonly seen: string[] = [];
  #wanted = 0;
  #resolve: () => void = () => undefined;

  watch(agent: UserAgent): void {
    const { transport } = agent;
    const handle = transport.onMessage;
    transport.onMessage = (text) => {
      handle?.(text);
      const value = (pattern: RegExp): string => pattern.exec(text)?.[1] ?? '';
      this.seen.push(`${value(/^SIP\/2\.0 (\d+)/)} etag=${value(/^SIP-ETag: (.*)$/m).trim()} expires=${value(/^Expires: (\d+)/m)}`);
      if (this.seen.length >= this.#wanted) this.#resolve();
    };
  }

  async upTo(count: number): Promise<void> {
    this.#wanted = count;
    if (this.seen.length < count) await new Promise<void>((resolve) => (this.#resolve = resolve));
  }
}
