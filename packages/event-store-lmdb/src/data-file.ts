import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

// LMDB reads its file as memory: of one that is cut off, or is no database at all, it makes a crash of the process, not an error.
// So the two pages with which a database begins are looked at before it is opened.

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
/** Where the fields of such a page are, in bytes. */
const field = { magic: 24, version: 28, pageSize: 48, roots: [88, 136], lastPage: 144, transaction: 152, end: 168 } as const;
/** The last pages of a file may have been free before they were ever written, so that a good file may be shorter by a few. */
const UNWRITTEN_PAGES = 1024;
const NO_PAGE = 2n ** 64n - 1n;

/** What is wrong with a file of data; undefined for one that LMDB can open, and for an empty one, which it fills. */
export function faultOfData(file: string): string | undefined {
  const fd = openSync(file, 'r');
  try {
    const { size } = fstatSync(fd);
    if (size === 0) return undefined;
    const first = pageAt(fd, 0);
    const pageSize = first.readUInt32LE(field.pageSize);
    if (size < field.end || first.readUInt32LE(field.magic) !== MAGIC) return `${file} is no LMDB database`;
    if (first.readUInt32LE(field.version) !== DATA_VERSION) return `${file} is of another version of LMDB`;
    const second = pageAt(fd, pageSize);
    if (second.readUInt32LE(field.magic) !== MAGIC) return `${file} is cut off or damaged`;
    const latest = first.readBigUInt64LE(field.transaction) >= second.readBigUInt64LE(field.transaction) ? first : second;
    return isWhole(latest, BigInt(Math.ceil(size / pageSize))) ? undefined : `${file} is cut off`;
  } finally {
    closeSync(fd);
  }
}

function pageAt(fd: number, position: number): Buffer {
  const page = Buffer.alloc(field.end);
  readSync(fd, page, 0, page.length, position);
  return page;
}

function isWhole(meta: Buffer, pages: bigint): boolean {
  const roots = field.roots.map((at) => meta.readBigUInt64LE(at)).filter((root) => root !== NO_PAGE);
  return roots.every((root) => root < pages) && meta.readBigUInt64LE(field.lastPage) < pages + BigInt(UNWRITTEN_PAGES);
}
