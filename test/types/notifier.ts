// Compiled by `npm run lint`, never run: the notifier and subscriptions as a program uses them.
import { start, subscriptions, uac, type Service } from '@nksip-ts/core';
import { definePackage, eventNotifier, type EventPackage, type Watcher } from '@nksip-ts/event-notifier';
import * as all from '@nksip-ts/event-notifier';

declare function hasMail(user: string): Promise<'yes' | 'no'>;

const server = await start('server', { plugins: ['event-compositor', 'event-notifier'], sip_listen: 'sip:all:5060', sip_events: 'presence, dialog, message-summary' }, {
  sip_event_notifier_authorize: (watcher) => (watcher.user === undefined ? 'block' : 'allow'),
  sip_event_notifier_state: async (aor, event) => event === 'message-summary'
    ? { content_type: 'application/simple-message-summary', data: Buffer.from(`Messages-Waiting: ${await hasMail(aor.user)}\r\n`) }
    : 'none',
});
await eventNotifier.changed('server', 'sip:alice@example.com', 'message-summary');
await all.changed(server, { scheme: 'sip', user: 'alice', domain: 'example.com' }, 'message-summary');
for await (const watcher of eventNotifier.watchers('server', { aor: 'sip:alice@example.com' })) [watcher.from, watcher.event, watcher.decision] satisfies string[];
(await eventNotifier.decide('server', 'U_1', 'allow')) satisfies 'ok' | 'not_found';
(await eventNotifier.terminate('server', 'U_1', 'probation', 60)) satisfies 'ok' | 'not_found';
// @ts-expect-error there is no such reason
await eventNotifier.terminate('server', 'U_1', 'bored');

const temperature = definePackage({
  name: 'temperature', types: ['application/json'], defaultExpires: 600, minInterval: 1,
  compose: ({ publications }) => ({ content_type: 'application/json', data: Buffer.from(`[${publications.map(({ record }) => Buffer.from(record.data).toString()).join()}]`) }),
  neutral: () => ({ content_type: 'application/json', data: Buffer.from('[]') }),
}) satisfies EventPackage;
await start('iot', { plugins: ['event-compositor', 'event-notifier'], sip_events: 'temperature', sip_event_notifier_packages: [temperature], sip_event_notifier_default_decision: 'allow' });
await start('plugin', { plugins: [eventNotifier.plugin], sip_event_notifier_on_timeout: 'keep' });
// @ts-expect-error a callback that decides says one of four words
await start('wrong', { plugins: ['event-notifier'] }, { sip_event_notifier_authorize: () => 'maybe' });
// @ts-expect-error the option is misspelt
await start('wrong', { plugins: ['event-notifier'], sip_event_notifier_min_expire: 5 });

export function watch(service: Service): void {
  service.events.on('event_notifier:start', (watcher: Watcher) => watcher.id);
  service.events.on('event_notifier:terminated', ({ id }, reason) => [id, reason]);
}

// Without the plugin: the application answers and notifies itself; what it sends leaves after the 200.
await start('by-hand', { sip_events: 'weather' }, {
  sip_subscribe(req) {
    void uac.notify('by-hand', subscriptions.handleOf(req), { body: 'sunny', content_type: 'text/plain' });
    return ['reply', 'ok'];
  },
});
