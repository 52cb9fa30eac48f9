import { NksipError, defineErrors, show, type SipResponse } from '@nksip-ts/core';
import type { Result } from './keep/judge.js';

export const uacAutoErrors = defineErrors({
  uac_auto_refused: {
    summary: 'In the events of uac-auto: a response that the same request would get again ended a registration or publication. details: id, uri, code, reason, allow_events?, accept?, allow?, min_expires? (the values of these headers).',
    message: (d) => `${show(d['id'])} is not kept at ${show(d['uri'])} any longer: the response was ${String(d['code'])} ${show(d['reason'])}.`,
  },
  uac_auto_id_in_use: {
    summary: 'startRegister or startPublish with an id that is in use. details: id.',
    message: (d) => `Something is kept under the id ${show(d['id'])} already: stop it first, or choose another id.`,
  },
});

type Rows = typeof uacAutoErrors;

declare module '@nksip-ts/core' {
  interface ErrorCodes extends Rows {}
}

/** Headers that tell what would have been accepted. */
const telling = { allow_events: 'Allow-Events', accept: 'Accept', allow: 'Allow', min_expires: 'Min-Expires' } as const;

/** Why it ended; undefined: there was no response. */
export function refusal(id: string, uri: string, { response }: Pick<Result, 'response'>): NksipError | undefined {
  return response === undefined ? undefined : new NksipError('uac_auto_refused', { id, uri, code: response.code, reason: response.reason, ...toldIn(response) });
}

function toldIn(response: SipResponse): Readonly<Record<string, readonly string[]>> {
  const values = Object.entries(telling).map(([detail, header]) => [detail, valuesOf(response, header)] as const);
  return Object.fromEntries(values.filter(([, found]) => found.length > 0));
}

/** Of all its lines. */
function valuesOf(response: SipResponse, header: string): readonly string[] {
  return response.header(header).flatMap((line) => line.split(',')).map((value) => value.trim()).filter((value) => value !== '');
}
