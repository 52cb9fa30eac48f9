import { Header, parseDeltaSeconds, parseUri, utf8Of, type Message, type Uri } from '@nksip-ts/sip';
import type { Dialog } from '../dialog/dialog.js';
import { NksipError } from '../errors.js';
import { sendAuthenticated } from '../uac/authenticated.js';
import { draftRequest } from '../uac/build.js';
import type { SendingOptions } from '../uac/request-options.js';
import type { Outcome } from '../uac/send.js';
import type { UacHost } from '../uac/uac-host.js';

/** A SUBSCRIBE that is to be sent, and again with another number where it is challenged or its time too short. */
export interface SubscribeDraft {
  readonly uri: Uri;
  readonly callId: string;
  readonly fromTag: string;
  readonly options: SendingOptions;
  /** The number of CSeq, a higher one each time. Called when the SUBSCRIBE is about to leave. */
  readonly nextCseq: () => number;
}

/** How it ended, and the seconds that were asked for in the end. */
export interface SubscribeOutcome {
  readonly outcome: Outcome;
  readonly asked: number | undefined;
}

/**
 * Sends a SUBSCRIBE and answers challenges to it. RFC 6665 4.1.2.1, RFC 3261 21.4.17: where the time is too short for the notifier (423), it is asked again with
 * the one that Min-Expires names.
 */
export async function sendSubscribe(host: UacHost, draft: SubscribeDraft): Promise<SubscribeOutcome> {
  const { expires } = draft.options;
  const outcome = await sendOnce(host, draft, expires);
  const least = shortestIn(outcome.response);
  if (least === undefined || expires === undefined || expires === 0 || least <= expires) return { outcome, asked: expires };
  return { outcome: await sendOnce(host, draft, least), asked: least };
}

async function sendOnce(host: UacHost, { uri, callId, fromTag, options, nextCseq }: SubscribeDraft, expires: number | undefined): Promise<Outcome> {
  const request = draftRequest('SUBSCRIBE', uri, { ...options, expires }, host.identity, { callId, fromTag, cseq: nextCseq() });
  return await sendAuthenticated(host, request, {
    passwords: options.sip_pass ?? host.passwords,
    milliseconds: options.timeout === undefined ? 128 * host.timers.t1 : 1000 * options.timeout,
    nextCseq,
  });
}

/** Seconds, of a 423. */
function shortestIn(response: Message | undefined): number | undefined {
  return response?.status === 423 ? parseDeltaSeconds(response.first(Header.MinExpires) ?? '') : undefined;
}

/** RFC 3261 12.2.1.1: a SUBSCRIBE within the dialog, with `options` for all that the dialog does not decide. */
export function inDialog(dialog: Dialog, options: SendingOptions, nextCseq: () => number): SubscribeDraft {
  const uri = parseUri(utf8Of(dialog.remoteTarget));
  if (uri === undefined) throw new NksipError('invalid_uri', { uri: dialog.remoteTarget });
  return {
    uri, callId: utf8Of(dialog.callId), fromTag: utf8Of(dialog.localTag), nextCseq,
    options: { ...options, from: utf8Of(dialog.local), to: utf8Of(dialog.remote), call_id: undefined, cseq_num: undefined, route: dialog.routeSet.map(utf8Of) },
  };
}
