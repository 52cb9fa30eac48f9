// Written by 'npm run docs': what an editor shows at these names.

export interface LmdbOptionTexts {
  /**
   * Needed. Where the database is; made if it is not there. On a disk of this machine, never on one of the network.
   *
   * Value: the path of a directory.
   *
   * It cannot change while the service runs.
   */
  readonly sip_event_store_lmdb_path?: unknown;
  /**
   * When a PUBLISH is answered: 'disk': when its change is synced to the disk; 'process': when the operating system has it, so that it outlives the process, and the last of them not a crash of the machine.
   *
   * Value: 'disk' or 'process'. Default: "disk".
   *
   * It cannot change while the service runs.
   */
  readonly sip_event_store_lmdb_durability?: unknown;
}
