import { definePlugin, whenReady, type Callback } from '@nksip-ts/core';
import { z } from 'zod';

const options = z.object({
  sip_greeter_text: z.string().min(1).default('Hello').meta({ type: 'a text', description: 'What a greeting begins with.' }),
});

/** Whom to greet: a name. */
type NameCallback = Callback<[user: string, srvId: string], string>;

declare module '@nksip-ts/core' {
  interface Plugins {
    greeter: {
      options: z.input<typeof options>;
      callbacks: { sip_greeter_name: NameCallback };
    };
  }
}

/** Answers every MESSAGE with a greeting and says how many it has given. */
export default definePlugin({
  name: 'greeter',
  options,
  callbacks(service) {
    // callbacks() runs once for each service, so this is the state of one service.
    let greetings = 0;
    return {
      sip_message(req) {
        return whenReady(service.call('sip_greeter_name', [req.ruri.user, service.id]), (name) => {
          greetings++;
          return ['reply', ['ok', { body: `${service.config.sip_greeter_text}, ${String(name)} (${greetings})` }]];
        });
      },
      // The end of the chain: the plugin that defines a callback also implements its default.
      sip_greeter_name: (user) => user,
    };
  },
  plugin_start(service) {
    service.log.info({}, `greeting with '${service.config.sip_greeter_text}'`);
  },
});
