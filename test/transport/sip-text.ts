/** A whole request, framed by Content-Length. */
export function request(id: string, body = ''): string {
  return [
    'OPTIONS sip:service@127.0.0.1 SIP/2.0',
    'Via: SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bK-1',
    'From: <sip:a@example.com>;tag=1',
    'To: <sip:b@example.com>',
    `Call-ID: ${id}`,
    'CSeq: 1 OPTIONS',
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

export function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
