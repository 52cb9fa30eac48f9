import { definePlugin, whenReady, type Callback, type Plugin, type Reply, type SipReply, type SipRequest } from '@nksip-ts/core';
import type { Aor } from '@nksip-ts/sip';
import type { z } from 'zod';
import { AUTHORIZE, STATE } from './callbacks.js';
import type { EventNotifier } from './event-notifier.js';
import { Notifier } from './notifier.js';
import type { NotifierOptionTexts } from './option-texts.generated.js';
import { checkTogether, options, type NotifierOptions } from './options.js';
import type { StateDocument } from './package/event-package.js';
import { PLUGIN_NAME } from './plugin-name.js';
import { checkStore, sharedStoreNote } from './start-checks.js';
import type { Watcher, WatcherDecision } from './watcher/watcher.js';

declare module '@nksip-ts/core' {
  interface Plugins {
    'event-notifier': {
      deps: 'event-compositor';
      optional_deps: 'registrar';
      options: z.input<typeof options> & NotifierOptionTexts;
      config: NotifierOptions;
      api: EventNotifier;
      callbacks: {
        /** Called for each SUBSCRIBE that begins a subscription or fetches the state, and, without a request, by `refresh`. Default: `sip_event_notifier_default_decision`. */
        sip_event_notifier_authorize: Callback<[watcher: Watcher, req: SipRequest | undefined], WatcherDecision>;
        /** Hard state: state that your program knows and nobody publishes. Called when a document is first composed for a watched address; the answer is kept until `changed`, or 300 seconds. Default: 'none'. */
        sip_event_notifier_state: Callback<[aor: Aor, event: string, srvId: string], StateDocument | 'none'>;
      };
    };
  }
}

/** Answers SUBSCRIBE (RFC 6665) and tells watchers what the event-compositor of the service holds, each time that it changes. */
const eventNotifier: Plugin<'event-notifier'> = definePlugin({
  name: PLUGIN_NAME,
  plugin_deps: ['event-compositor'],
  plugin_optional_deps: ['registrar'],
  callback_names: [AUTHORIZE, STATE],
  options,
  plugin_config(config) {
    checkTogether(config);
    return config;
  },
  api: (service): Notifier => new Notifier(service, service.use('event-compositor'), () => service.use('registrar')),
  callbacks: (service) => ({
    sip_subscribe: (req) => service.api.serves(req) ? whenReady(service.api.subscribe(req), asReply) : 'continue',
    sip_resubscribe: (req) => service.api.knows(req) ? whenReady(service.api.subscribe(req), asReply) : 'continue',
    sip_dialog_update: (update, _, subscription) => { service.api.told(update, subscription); },
    [AUTHORIZE]: () => service.config.sip_event_notifier_default_decision,
    [STATE]: () => 'none',
  }),
  plugin_start(service) {
    const compositor = service.use('event-compositor');
    checkStore(compositor);
    const note = sharedStoreNote(service, compositor);
    if (note !== undefined) service.log.warn({}, note);
    service.api.follow(compositor);
    service.events.on('updated', () => { service.api.updated(); });
    service.events.on('registrar:changed', ({ aor }) => { service.api.onRegistration(aor); });
    service.events.on('registrar:cleared', () => { service.api.onRegistration(undefined); });
  },
  plugin_drain: (how, { api }) => api.goodbye(how),
  plugin_stop: ({ api }) => { api.close(); },
});

export default eventNotifier;

function asReply(reply: SipReply): Reply {
  return ['reply', reply];
}
