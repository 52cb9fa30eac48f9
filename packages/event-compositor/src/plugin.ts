import { definePlugin, whenReady, type Plugin, type PluginService, type Reply, type SipReply } from '@nksip-ts/core';
import type { z } from 'zod';
import { PLUGIN_NAME } from './api.js';
import { Compositor, type CompositorConfig } from './compositor.js';
import { checkTogether, options } from './options.js';
import { STORE_CALLBACK } from './service-store.js';
import { storeCallback, type StoreCallback } from './store.js';

declare module '@nksip-ts/core' {
  interface Plugins {
    'event-compositor': {
      options: z.input<typeof options>;
      callbacks: { sip_event_compositor_store: StoreCallback };
    };
  }
}

/** The compositors of running services, from their first hook to their last. */
const compositors = new WeakMap<object, Compositor>();

/**
 * Answers PUBLISH (RFC 3903) and keeps what is published in RAM, or wherever the callback `sip_event_compositor_store` of the
 * service, or of a plugin that depends on this one, puts it.
 */
const eventCompositor: Plugin<'event-compositor'> = definePlugin({
  name: PLUGIN_NAME,
  options,
  plugin_config(config) {
    checkTogether(config);
    return config;
  },
  callbacks(service) {
    const compositor = new Compositor(service);
    compositors.set(service, compositor);
    service.provide(compositor);
    return {
      sip_publish: (req) => whenReady(compositor.publish(req), asReply),
      [STORE_CALLBACK]: storeCallback(compositor.ram),
    };
  },
  plugin_start(service) {
    warn(service, compositors.get(service));
  },
  async plugin_stop(service) {
    await compositors.get(service)?.close();
  },
});

export default eventCompositor;

function asReply(reply: SipReply): Reply {
  return ['reply', reply];
}

/** What a configuration probably does not mean. */
function warn(service: PluginService<CompositorConfig>, compositor: Compositor | undefined): void {
  const { log, config } = service;
  if ((config.sip_events ?? []).length === 0) {
    log.warn({ option: 'sip_events' }, "No event package is accepted: every PUBLISH will be answered 489. Name the packages in 'sip_events'.");
  }
}
