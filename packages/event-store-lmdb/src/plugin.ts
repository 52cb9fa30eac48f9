import { definePlugin, type ConfigWith, type Plugin, type PluginService } from '@nksip-ts/core';
import { storeCallback } from '@nksip-ts/event-compositor';
import { registrarStoreCallback, registrationsIn } from '@nksip-ts/registrar';
import type { z } from 'zod';
import { LmdbStore } from './lmdb-store.js';
import type { LmdbOptionTexts } from './option-texts.generated.js';
import { options } from './options.js';

declare module '@nksip-ts/core' {
  interface Plugins {
    'event-store-lmdb': { deps: 'event-compositor'; optional_deps: 'registrar'; options: z.input<typeof options> & LmdbOptionTexts };
  }
}

type Config = ConfigWith<typeof options, 'event-store-lmdb'>;

/** Of sip_event_compositor_store_timeout: a write that has not begun by then is given up, and has time to be refused. */
const BEGIN_WITHIN = 0.8;

/** Keeps the event state of the service, and its registrations, in a directory, in an LMDB database. */
const eventStoreLmdb: Plugin<'event-store-lmdb'> = definePlugin({
  name: 'event-store-lmdb',
  plugin_deps: ['event-compositor'],
  plugin_optional_deps: ['registrar'],
  callback_names: ['sip_registrar_store'],
  options,
  api: (service) => storeOf(service),
  // Both, always: an update may add the registrar, and callbacks are made once.
  callbacks: ({ api: store }) => ({ sip_event_compositor_store: storeCallback(store), sip_registrar_store: registrarStoreCallback(registrationsIn(store)) }),
  plugin_prepare(config, { api: store }) {
    store.open();
    // What the user set counts.
    return { ...config, sip_event_compositor_secret: config.sip_event_compositor_secret ?? store.secret() };
  },
  plugin_stop: ({ api: store }) => store.close(),
});

export default eventStoreLmdb;

function storeOf({ config, log }: Pick<PluginService<Config>, 'config' | 'log'>): LmdbStore {
  const { sip_event_store_lmdb_path: path, sip_event_store_lmdb_durability: durability, sip_event_compositor_store_maintenance: makes } = config;
  return new LmdbStore({
    path, option: 'sip_event_store_lmdb_path', durability, makes, maintains: makes,
    beginWithin: BEGIN_WITHIN * 1000 * config.sip_event_compositor_store_timeout,
    onFault: (error) => log.error({ err: error }, `In the database of the event state: ${error.message}`),
    onProgress: (sentence) => log.info({ path }, sentence),
  });
}
