import { definePlugin, type ConfigWith, type Plugin, type PluginService } from '@nksip-ts/core';
import { storeCallback, type CompositorOptions } from '@nksip-ts/event-compositor';
import type { z } from 'zod';
import { LmdbStore } from './lmdb-store.js';
import type { LmdbOptionTexts } from './option-texts.js';
import { options } from './options.js';

declare module '@nksip-ts/core' {
  interface Plugins {
    'event-store-lmdb': { deps: 'event-compositor'; options: z.input<typeof options> & LmdbOptionTexts };
  }
}

type Config = ConfigWith<typeof options> & Partial<Pick<CompositorOptions, 'sip_event_compositor_secret' | 'sip_event_compositor_store_timeout' | 'sip_event_compositor_store_maintenance'>>;

/** Of sip_event_compositor_store_timeout: a write that has not begun by then is given up, and has time to be refused. */
const BEGIN_WITHIN = 0.8;

/** Keeps the event state of the service in a directory, in an LMDB database. */
const eventStoreLmdb: Plugin<'event-store-lmdb'> = definePlugin({
  name: 'event-store-lmdb',
  plugin_deps: ['event-compositor'],
  options,
  async plugin_config(config: Config, { provided }) {
    return withSecret(config, provided instanceof LmdbStore ? provided.secret() : await secretOf(config));
  },
  callbacks(service) {
    const store = storeOf(service);
    service.provide(store);
    return { sip_event_compositor_store: storeCallback(store) };
  },
  plugin_start({ provided }) {
    if (provided instanceof LmdbStore) provided.open();
  },
  async plugin_stop({ provided }) {
    if (provided instanceof LmdbStore) await provided.close();
  },
});

export default eventStoreLmdb;

/** Not open yet: what fails between here and plugin_start leaves nothing open. */
function storeOf({ config, log }: PluginService<Config>): LmdbStore {
  const place = placeOf(config);
  return new LmdbStore({
    ...place,
    beginWithin: BEGIN_WITHIN * 1000 * (config.sip_event_compositor_store_timeout ?? 5),
    maintains: place.makes,
    onFault: (error) => log.error({ err: error }, `In the database of the event state: ${error.message}`),
    onProgress: (sentence) => log.info({ path: config.sip_event_store_lmdb_path }, sentence),
  });
}

/** What holds for the store, also where only its secret is read. */
function placeOf({ sip_event_store_lmdb_path: path, sip_event_store_lmdb_durability: durability, sip_event_compositor_store_maintenance: makes = true }: Config) {
  return { path, option: 'sip_event_store_lmdb_path', durability, makes };
}

/** Closed again at once: nobody tells a plugin that start failed before plugin_start. */
async function secretOf(config: Config): Promise<string> {
  const store = new LmdbStore({ ...placeOf(config), maintains: false }).open();
  try {
    return store.secret();
  } finally {
    await store.close();
  }
}

/** What the user set counts. */
function withSecret(config: Config, secret: string): Config {
  return { ...config, sip_event_compositor_secret: config.sip_event_compositor_secret ?? secret };
}
