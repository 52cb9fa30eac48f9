import type { DialogUpdate, Service, SipRequest, Subscription } from '@nksip-ts/core';
import { Inbox } from '../wire/peers.ts';
import { running } from '../wire/running.ts';

/** A service that subscribes, and what its callbacks were told. */
export interface Client {
  readonly service: Service;
  /** `start`, `init`, `active`, `terminated giveup 5`, `stop` ... in their order. */
  readonly told: string[];
  /** Handles in the order in which they began. */
  readonly handles: string[];
  readonly notified: { readonly body: string; readonly request: SipRequest }[];
  /** The next of `told` that nobody has waited for yet. */
  nextTold(): Promise<string>;
}

/** `module`: callbacks that are there besides, or instead. */
export async function subscribing(spec: Readonly<Record<string, unknown>> = {}, module: object = {}): Promise<Client> {
  const told: string[] = [];
  const handles: string[] = [];
  const notified: { body: string; request: SipRequest }[] = [];
  const inbox = new Inbox();
  const service = await running({ sip_listen: 'sip:127.0.0.1:0', sip_from: 'sip:bob@example.com', ...spec }, {
    sip_notify: (request: SipRequest) => {
      notified.push({ body: Buffer.from(request.body).toString(), request });
      return ['reply', 'ok'];
    },
    sip_dialog_update: (update: DialogUpdate, _call: unknown, subscription: Subscription) => {
      if (update === 'start') handles.push(subscription.handle);
      told.push(textOf(update));
      inbox.put(textOf(update));
    },
    ...module,
  });
  return { service, told, handles, notified, nextTold: () => inbox.next() };
}

function textOf(update: DialogUpdate): string {
  if (typeof update === 'string') return update;
  const [, status] = update;
  return typeof status === 'string' ? status : status.flat().join(' ');
}
