import { crc32 } from 'node:zlib';

// A row of counts: how many (4 bytes), a CRC32 of the key and of these (4 bytes), as that of a value. Its key is a service's part of the keys of
// publications, or that of a service and an address.

const ROW_BYTES = 8;

export function rowOf(prefix: Uint8Array, count: number): Buffer {
  const row = Buffer.allocUnsafe(ROW_BYTES);
  row.writeUInt32LE(count, 0);
  row.writeUInt32LE(crc32(row.subarray(0, 4), crc32(prefix)), 4);
  return row;
}

/** Undefined for one that is damaged. */
export function countOfRow(prefix: Uint8Array, row: Buffer): number | undefined {
  return row.length === ROW_BYTES && row.readUInt32LE(4) === crc32(row.subarray(0, 4), crc32(prefix)) ? row.readUInt32LE(0) : undefined;
}

/** Of the first format, which has counts of services alone, as numbers in JSON; undefined for any other row. */
export function formerCountOfRow(row: Buffer): number | undefined {
  const text = row.toString('latin1');
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
