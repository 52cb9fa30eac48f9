import { definePlugin, NksipError, type ConfigWith, type Plugin } from '@nksip-ts/core';
import { storeCallback } from '@nksip-ts/event-compositor';
import { registrarStoreCallback, registrationsIn } from '@nksip-ts/registrar';
import type { z } from 'zod';
import type { RedisOptionTexts } from './option-texts.generated.js';
import { options, settingsOf } from './options.js';
import { RedisStore } from './redis-store.js';

declare module '@nksip-ts/core' {
  interface Plugins {
    'event-store-redis': {
      deps: 'event-compositor';
      optional_deps: 'registrar';
      options: z.input<typeof options> & RedisOptionTexts;
    };
  }
}

type Config = ConfigWith<typeof options, 'event-store-redis'>;

/** Keeps the event state of a service, and its registrations, in Redis or Valkey, and shares it with all processes that do so under the same name. */
const eventStoreRedis: Plugin<'event-store-redis'> = definePlugin({
  name: 'event-store-redis',
  plugin_deps: ['event-compositor'],
  plugin_optional_deps: ['registrar'],
  callback_names: ['sip_registrar_store'],
  options,
  plugin_config(config) {
    checkTimeout(config);
    return config;
  },
  api({ config, log }) {
    return new RedisStore(settingsOf(config), (isUp, told) => {
      if (isUp) log.info({}, `Redis is there again: ${told}`);
      else log.warn({}, `Redis is lost: ${told}. PUBLISH is answered 503 until it is back.`);
    });
  },
  // Both, always: an update may add the registrar, and callbacks are made once.
  callbacks: ({ api: store }) => ({ sip_event_compositor_store: storeCallback(store), sip_registrar_store: registrarStoreCallback(registrationsIn(store)) }),
  async plugin_prepare(config, service) {
    // At an update the service has its secret already.
    const before = service.config.sip_event_compositor_secret;
    if (!service.api.isConnected) for (const warning of await service.api.connect()) service.log.warn({}, warning);
    return { ...config, sip_event_compositor_secret: config.sip_event_compositor_secret ?? before ?? await service.api.secret(service.id) };
  },
  plugin_stop: ({ api: store }) => store.close(),
});

export default eventStoreRedis;

/** Connecting to a node of a Cluster and the command itself are one operation to the compositor. */
function checkTimeout({ sip_event_store_redis_timeout: given, sip_event_compositor_store_timeout: seconds }: Config): void {
  if (2 * given < 1000 * seconds) return;
  throw new NksipError('invalid_option', {
    option: 'sip_event_store_redis_timeout', given, reason: `two of it must be less than sip_event_compositor_store_timeout, which is ${1000 * seconds} milliseconds`,
  });
}
