import { z } from 'zod';

/** The options of the plugin, as they may be written in `start`. */
export const options = z.object({
  sip_event_store_lmdb_path: z.string().min(1).regex(/^[^\u0000]*$/, 'a zero cannot stand in it').meta({
    fixed: true, type: 'the path of a directory',
    description: 'Required. The directory of the database, created if it does not exist. It must be on a local disk, not on a network file system.',
  }),
  sip_event_store_lmdb_durability: z.enum(['disk', 'process']).default('disk').meta({
    fixed: true, type: "'disk' or 'process'",
    description: "When a PUBLISH gets its 200. 'disk': when its change is synced to the disk. 'process': when the operating system has it; then the change survives a crash of the process, but the last changes are lost in a crash of the machine.",
  }),
});
