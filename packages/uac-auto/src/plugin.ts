import { definePlugin, type Callback, type Plugin } from '@nksip-ts/core';
import type { z } from 'zod';
import { PLUGIN_NAME, type UacAuto } from './api.js';
import type { UacAutoOptionTexts } from './option-texts.generated.js';
import { checkTogether, options, type UacAutoOptions } from './options.js';
import { PUBLISH_UPDATED, REGISTER_UPDATED, ServiceUacAuto } from './uac-auto.js';

declare module '@nksip-ts/core' {
  interface Plugins {
    'uac-auto': {
      options: z.input<typeof options> & UacAutoOptionTexts;
      config: UacAutoOptions;
      api: UacAuto;
      callbacks: {
        /** Called when a registration is accepted for the first time or again (`ok`), or not any more. What it returns is ignored. */
        sip_uac_auto_register_updated_register: Callback<[id: string, ok: boolean, srvId: string], unknown>;
        /** The same for a publication. */
        sip_uac_auto_publish_updated_publish: Callback<[id: string, ok: boolean, srvId: string], unknown>;
      };
    };
  }
}

/** Keeps registrations (RFC 3261 10.2) and publications (RFC 3903 4) of the service alive at their servers. */
const uacAuto: Plugin<'uac-auto'> = definePlugin({
  name: PLUGIN_NAME,
  callback_names: [REGISTER_UPDATED, PUBLISH_UPDATED],
  options,
  plugin_config(config) {
    checkTogether(config);
    return config;
  },
  api: (service): ServiceUacAuto => new ServiceUacAuto(service),
  callbacks: () => ({
    [REGISTER_UPDATED]: () => 'ok',
    [PUBLISH_UPDATED]: () => 'ok',
  }),
  plugin_update(now, before, { api }) {
    if (now.sip_listen !== before.sip_listen) api.moves();
  },
  plugin_drain: (how, { api }) => api.goodbye(how),
  plugin_stop: ({ api }) => { api.close(); },
});

export default uacAuto;
