import { definePlugin, type PluginService, type SipRequest } from '@nksip-ts/core';

declare module '@nksip-ts/core' {
  interface Plugins { 'last-words': { api: LastWords } }
}

/** Bytes that an entry of the Map costs in addition to its text. */
const entry = 200;

/** The last MESSAGE to each user. Its memory counts towards sip_max_memory. */
class LastWords {
  readonly #words = new Map<string, string>();
  #bytes = 0;
  readonly #endAccount: () => void;

  constructor(private readonly memory: PluginService['memory']) {
    this.#endAccount = memory.watch('last-words', () => this.#bytes);
  }

  /** Returns false if there is no room for it. */
  keep({ ruri: { user }, body }: SipRequest): boolean {
    const text = Buffer.from(body).toString('latin1');
    const known = this.#words.get(user);
    const more = costOf(user, text) - (known === undefined ? 0 : costOf(user, known));
    if (more > 0 && !this.memory.hasRoom(more, known === undefined ? 'initial' : 'new')) return false;
    this.#words.set(user, text);
    this.#bytes += more;
    return true;
  }

  close(): void {
    this.#words.clear();
    this.#endAccount();
  }
}

function costOf(user: string, text: string): number {
  return entry + user.length + text.length;
}

export default definePlugin({
  name: 'last-words',
  api: (service) => new LastWords(service.memory),
  callbacks: ({ api: words }) => ({
    sip_message: (req) => ['reply', words.keep(req) ? 'ok' : 'service_unavailable'],
  }),
  plugin_stop: ({ api: words }) => words.close(),
});
