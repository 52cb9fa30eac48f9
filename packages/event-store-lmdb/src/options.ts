import { z } from 'zod';

/** The options of the plugin, as they may be written in `start`. */
export const options = z.object({
  sip_event_store_lmdb_path: z.string().min(1).regex(/^[^\u0000]*$/, 'a zero cannot stand in it').meta({
    fixed: true, type: 'the path of a directory',
    description: 'Needed. Where the database is; made if it is not there. On a disk of this machine, never on one of the network.',
  }),
  sip_event_store_lmdb_durability: z.enum(['disk', 'process']).default('disk').meta({
    fixed: true, type: "'disk' or 'process'",
    description: "When a PUBLISH is answered: 'disk': when its change is synced to the disk; 'process': when the operating system has it, so that it outlives the process, and the last of them not a crash of the machine.",
  }),
});
