import { readFileSync, writeFileSync } from 'node:fs';

/** Makes the value of a key 32 MiB long for LMDB, which crashes the process that reads it. Its file must be closed. */
export function damageLeaf(file: string, key: Buffer): void {
  const bytes = readFileSync(file);
  // Before the key, in each leaf that ever had it: the length of the value (4 bytes), flags (2), the length of the key (2).
  for (let at = bytes.indexOf(key); at !== -1; at = bytes.indexOf(key, at + 1)) {
    if (bytes.readUInt16LE(at - 2) === key.length && bytes.readUInt16LE(at - 8) > 300) bytes.writeUInt16LE(0x0200, at - 6);
  }
  writeFileSync(file, bytes);
}
