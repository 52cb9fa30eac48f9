import { definePlugin, type Plugin } from '@nksip-ts/core';
import type { z } from 'zod';
import { ServiceAdmin } from './admin.js';
import { PLUGIN_NAME, type Admin } from './api.js';
import type { AdminOptionTexts } from './option-texts.generated.js';
import { options, type AdminOptions } from './options.js';

declare module '@nksip-ts/core' {
  interface Plugins {
    admin: {
      optional_deps: 'event-compositor' | 'event-notifier' | 'registrar';
      options: z.input<typeof options> & AdminOptionTexts;
      config: AdminOptions;
      api: Admin;
    };
  }
}

/** Shows whoever runs a service what goes on in it, and lets them change it: a page, an HTTP API, metrics for Prometheus, health checks. */
const admin: Plugin<'admin'> = definePlugin({
  name: PLUGIN_NAME,
  plugin_optional_deps: ['event-compositor', 'event-notifier', 'registrar'],
  options,
  api: (service): ServiceAdmin => new ServiceAdmin({
    get id() { return service.id; },
    get config() { return service.config; },
    get addresses() { return service.addresses; },
    get work() { return service.work; },
    memory: service.memory, events: service.events, log: service.log,
    fault: (error) => { service.fault(error); },
    compositor: () => service.use('event-compositor'),
    notifier: () => service.use('event-notifier'),
    registrar: () => service.use('registrar'),
  }),
  plugin_start: ({ api }) => api.start(),
  plugin_update: (after, _, { api }) => api.configure(after),
  plugin_drain: (_, { api }) => { api.leave(); },
  plugin_stop: ({ api }) => api.stop(),
});

export default admin;
