import { definePlugin, use, type Service } from '@nksip-ts/core';
import '@nksip-ts/event-notifier';
import type { z } from 'zod';
import { options, type UsersOptions } from './options.js';
import { isOwn, mayPass } from './rights.js';
import { ServiceUsers, tableOf } from './service-users.js';

declare module '@nksip-ts/core' {
  interface Plugins {
    users: { optional_deps: 'event-notifier'; options: z.input<typeof options>; config: UsersOptions; api: ServiceUsers };
  }
}

/** Users without a line of JavaScript: whoever has signed in publishes, registers and watches for themselves. */
definePlugin({
  name: 'users',
  plugin_optional_deps: ['event-notifier'],
  options,
  api: ({ log }) => new ServiceUsers(log),
  async plugin_prepare(config) {
    return { ...config, sip_digest_algorithms: [...(await tableOf(config)).algorithms(config.sip_digest_algorithms)] };
  },
  callbacks: (service) => ({
    sip_get_user_pass: (user, realm) => service.api.table.secretsOf(user, realm),
    sip_authorize: (_list, req) => mayPass(req, service.api.table, service.config.sip_users_may),
    sip_event_notifier_authorize: (watcher) => isOwn(watcher.user, watcher.aor, service.api.table) ? 'allow' : 'continue',
  }),
  plugin_start: ({ api, config }) => api.use(config),
  plugin_update: (config, _before, { api }) => api.use(config),
  plugin_stop: ({ api }) => { api.close(); },
});

/** Whose users may sign in to a service; none if it has no such plugin. */
export function realmsOf(service: Service): readonly string[] {
  return service.chain('sip_get_user_pass').includes('users') ? use(service, 'users').table.realms : [];
}
