import { isIP, type Socket } from 'node:net';
import { TLSSocket, type PeerCertificate } from 'node:tls';
import { canonicalAddress } from '../address.js';
import type { PeerIdentity } from '../transport.js';

/**
 * RFC 5922 7: whether the certificate names this host, as a `sip:` URI without a user, else as a DNS name (no wildcards), or,
 * where the host is numeric, as an address. The common name counts only in a certificate without any subjectAltName.
 */
export function checkSipIdentity(host: string, certificate: Pick<PeerCertificate, 'subject' | 'subjectaltname'>): Error | undefined {
  const names = identities(host, certificate);
  const wanted = normal(host);
  if (names.some((name) => normal(name) === wanted)) return undefined;
  return new Error(`the certificate is for ${names.length === 0 ? 'no SIP domain' : names.join(', ')}, not for ${host}`);
}

/** Whom the certificate of a verified peer names: undefined unless an authority that we trust vouches for it. */
export function verifiedPeer(socket: Socket): PeerIdentity | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const certificate = socket.getPeerCertificate();
  const names = [certificate.subject.CN].flat();
  return {
    domains: identities('', certificate).map(normal),
    uris: valuesOf(splitAlternatives(certificate.subjectaltname ?? ''), 'URI'),
    commonName: names.length === 1 ? names[0] : undefined,
  };
}

function identities(host: string, certificate: Pick<PeerCertificate, 'subject' | 'subjectaltname'>): string[] {
  const alternatives = certificate.subjectaltname;
  if (alternatives === undefined) return [certificate.subject.CN].flat().filter((name) => name !== undefined);
  const entries = splitAlternatives(alternatives);
  if (isIP(host) !== 0) return valuesOf(entries, 'IP Address');
  const domains = valuesOf(entries, 'URI').flatMap(sipDomain);
  return domains.length > 0 ? domains : valuesOf(entries, 'DNS');
}

/** RFC 5922 7.1: a URI with a user part names a person, no domain. */
function sipDomain(uri: string): string[] {
  const domain = /^sip:([^@:;?]+)$/i.exec(uri)?.[1];
  return domain === undefined ? [] : [domain];
}

function valuesOf(entries: readonly string[], kind: string): string[] {
  return entries.filter((entry) => entry.startsWith(`${kind}:`)).map((entry) => unquoted(entry.slice(kind.length + 1)));
}

/** `DNS:a, URI:"sip:b, c"`: Node quotes, as JSON, every value in which a comma or a quote could mislead. */
function splitAlternatives(text: string): string[] {
  return text.match(/(?:[^",]|"(?:[^"\\]|\\.)*")+/g)?.map((entry) => entry.trim()) ?? [];
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return value;
  }
}

function normal(name: string): string {
  return canonicalAddress(name).toLowerCase().replace(/\.$/, '');
}
