import type { Message } from '@nksip-ts/sip';

const magicCookie = 'z9hG4bK';

/**
 * What a request is called in the table of server transactions: two texts.
 *
 * `call`: Call-ID, From tag and CSeq. Two requests with the same are the same request, come once (a retransmission) or over
 * two ways (merged, RFC 3261 8.2.2.2).
 * `hop`: branch and sent-by (17.2.3), which tell these two apart. A branch without the magic cookie proves nothing: then it is
 * what RFC 2543 compared.
 *
 * 17.2.3 alone would match a request by `hop` and method. Asking for the same `call` too serves a client that uses a branch
 * again for another request, and makes one look-up answer both questions.
 */
export interface ServerKey {
  readonly call: string;
  readonly hop: string;
}

/** The key of a merged request: its twin, which came first over another way, has the `call` of both. */
export function twinOf({ call, hop }: ServerKey): ServerKey {
  return { call: `${hop}\n${call}`, hop };
}

/** `method` is INVITE for an ACK: it belongs to the transaction of the INVITE. */
export function serverKey(request: Message, method: string = request.method): ServerKey {
  return {
    call: `${request.callId}\n${request.cseq?.number ?? ''} ${method}\n${request.fromTag}`,
    hop: hopOf(request),
  };
}

function hopOf(request: Message): string {
  const via = request.topVia;
  if (via?.branch !== undefined && via.branch.length > magicCookie.length && via.branch.startsWith(magicCookie)) {
    return `${via.branch}\n${via.host}:${via.port ?? ''}`;
  }
  // Without the To tag, which 17.2.3 compares too: it is in the ACK but not in the INVITE, and every other request that has one is 481.
  return `${request.requestUri}\n${request.viaText}`;
}
