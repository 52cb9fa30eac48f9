import { definePlugin, NksipError, type Plugin } from '@nksip-ts/core';
import { storeCallback, type CompositorOptions } from '@nksip-ts/event-compositor';
import type { z } from 'zod';
import type { RedisOptionTexts } from './option-texts.js';
import { options, settingsOf, type RedisOptions } from './options.js';
import { RedisStore } from './redis-store.js';

declare module '@nksip-ts/core' {
  interface Plugins {
    'event-store-redis': {
      deps: 'event-compositor';
      options: z.input<typeof options> & RedisOptionTexts;
    };
  }
}

/** Keeps the event state of a service in Redis or Valkey, and shares it with all processes that do so under the same name. */
const eventStoreRedis: Plugin<'event-store-redis'> = definePlugin({
  name: 'event-store-redis',
  plugin_deps: ['event-compositor'],
  options,
  async plugin_config(config, service) {
    checkTimeout(config, ofCompositor(config));
    if (ofCompositor(config).sip_event_compositor_secret !== undefined) return config;
    // At an update the service has its secret already.
    const secret = ofCompositor(service.config).sip_event_compositor_secret ?? await secretIn(config, service.id);
    return { ...config, sip_event_compositor_secret: secret };
  },
  callbacks(service) {
    const { log } = service;
    const store = new RedisStore(settingsOf(service.config), (isUp, told) => {
      if (isUp) log.info({}, `Redis is there again: ${told}`);
      else log.warn({}, `Redis is lost: ${told}. PUBLISH is answered 503 until it is back.`);
    });
    service.provide(store);
    return { sip_event_compositor_store: storeCallback(store) };
  },
  async plugin_start({ provided, log }) {
    if (provided instanceof RedisStore) for (const warning of await provided.connect()) log.warn({}, warning);
  },
  async plugin_stop({ provided }) {
    if (provided instanceof RedisStore) await provided.close();
  },
});

export default eventStoreRedis;

/** The options of the plugin that this one depends on, which are in every configuration. */
function ofCompositor(config: object): Partial<CompositorOptions> {
  return config;
}

/** Connecting to a node of a Cluster and the command itself are one operation to the compositor. */
function checkTimeout({ sip_event_store_redis_timeout: given }: RedisOptions, { sip_event_compositor_store_timeout: seconds = Infinity }: Partial<CompositorOptions>): void {
  if (2 * given < 1000 * seconds) return;
  throw new NksipError('invalid_option', {
    option: 'sip_event_store_redis_timeout', given, reason: `two of it must be less than sip_event_compositor_store_timeout, which is ${1000 * seconds} milliseconds`,
  });
}

/** Over a connection of its own: what plugin_config opens nobody would close if the start went no further. */
async function secretIn(config: RedisOptions, srvId: string): Promise<string> {
  const store = new RedisStore(settingsOf(config));
  try {
    await store.connect();
    return await store.secret(srvId);
  } finally {
    await store.close();
  }
}
