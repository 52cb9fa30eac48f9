import { definePlugin, letsGo, whenReady, type Plugin, type Reply, type SipReply } from '@nksip-ts/core';
import type { z } from 'zod';
import { PLUGIN_NAME } from './api.js';
import { Compositor } from './compositor.js';
import type { CompositorOptionTexts } from './option-texts.generated.js';
import { checkTogether, options, type CompositorOptions } from './options.js';
import type { EventCompositor } from './event-compositor.js';
import type { StoreCallback } from './store/contract.js';
import { STORE_CALLBACK } from './store/wrong-result.js';

declare module '@nksip-ts/core' {
  interface Plugins {
    'event-compositor': {
      options: z.input<typeof options> & CompositorOptionTexts;
      config: CompositorOptions;
      api: EventCompositor;
      callbacks: {
        /** Called for each operation on the store. Returns what the operation found or did. Default: the built-in store in RAM. */
        sip_event_compositor_store: StoreCallback;
      };
    };
  }
}

/**
 * Answers PUBLISH (RFC 3903) and keeps what is published in RAM, or wherever the callback `sip_event_compositor_store` of the
 * service, or of a plugin that depends on this one, puts it.
 */
const eventCompositor: Plugin<'event-compositor'> = definePlugin({
  name: PLUGIN_NAME,
  callback_names: [STORE_CALLBACK],
  options,
  plugin_config(config) {
    checkTogether(config);
    return config;
  },
  api: (service) => new Compositor(service),
  callbacks: ({ api: compositor }) => ({
    sip_publish: letsGo((req) => whenReady(compositor.publish(req), asReply)),
    [STORE_CALLBACK]: compositor.builtInStore,
  }),
  plugin_start: ({ api }) => api.start(),
  plugin_stop: ({ api }) => api.close(),
});

export default eventCompositor;

function asReply(reply: SipReply): Reply {
  return ['reply', reply];
}

