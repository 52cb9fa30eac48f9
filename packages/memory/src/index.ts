// For the packages of nksip-ts alone: what is here may change with any release.
export { BoundedMap } from './bounded-map.js';
export { ENTRY_BYTES, EntryRing } from './entry-ring.js';
export { ExpiryWheel, type Timed } from './expiry-wheel.js';
export { flatText } from './flat-text.js';
export { KeyBytes } from './key-bytes.js';
export { KeyTable, type Chained } from './key-table.js';
export { PartedMap } from './parted-map.js';
export { BLOCK, Blocks, type Memory } from './slab-blocks.js';
export { Cells, NONE } from './slab-cells.js';
export { Recent } from './recent.js';
export { Sweeper } from './sweeper.js';
export { TextBytes, textOfBytes } from './text-bytes.js';
export { hashOf } from './text-hash.js';
export { TextTable, type Named } from './text-table.js';
export { WallClock } from './wall-clock.js';
