import { definePlugin, letsGo, whenReady, type Plugin, type Reply, type SipReply } from '@nksip-ts/core';
import type { z } from 'zod';
import { PLUGIN_NAME, type Registrar } from './api.js';
import type { RegistrarOptionTexts } from './option-texts.generated.js';
import { checkTogether, options, type RegistrarOptions } from './options.js';
import { ServiceRegistrar } from './registrar.js';
import type { RegistrarStoreCallback } from './store/contract.js';
import { STORE_CALLBACK } from './store/wrong-result.js';

declare module '@nksip-ts/core' {
  interface Plugins {
    registrar: {
      options: z.input<typeof options> & RegistrarOptionTexts;
      config: RegistrarOptions;
      api: Registrar;
      callbacks: {
        /** Called for each operation on the store of registrations. Returns what the operation found or did. Default: the built-in store in RAM. */
        sip_registrar_store: RegistrarStoreCallback;
      };
    };
  }
}

/**
 * Answers REGISTER (RFC 3261 10, RFC 3327) and keeps the contacts in RAM, or in the store that the service, or a plugin that depends on this one,
 * provides with the callback `sip_registrar_store`.
 */
const registrar: Plugin<'registrar'> = definePlugin({
  name: PLUGIN_NAME,
  callback_names: [STORE_CALLBACK],
  options,
  plugin_config(config) {
    checkTogether(config);
    // RFC 3327 5.1: a client may have path in Require.
    return { ...config, sip_supported: [...new Set([...config.sip_supported ?? [], 'path'])] };
  },
  api: (service) => new ServiceRegistrar(service),
  callbacks: ({ api: own }) => ({
    // What is read of a request are texts and numbers, also of one that waits for its turn or for the store.
    sip_register: letsGo((req) => whenReady(own.register(req), asReply)),
    sip_authorize_data: (list, req, call) => whenReady(own.isKnown(req), (is) => is ? ['continue', [[...list, 'register' as const], req, call]] as const : 'continue' as const),
    [STORE_CALLBACK]: own.builtInStore,
  }),
  plugin_stop: ({ api }) => api.close(),
});

export default registrar;

function asReply(reply: SipReply): Reply {
  return ['reply', reply];
}
