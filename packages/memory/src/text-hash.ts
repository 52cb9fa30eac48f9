/** FNV-1a of a text, or of a part of it: a 32-bit number. Whoever can choose texts can make many with the same. */
export function hashOf(text: string, start = 0, end = text.length): number {
  let hash = 0x811c9dc5 | 0;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}
