// Written by 'npm run docs': what an editor shows at these names.

export interface LmdbOptionTexts {
  /**
   * Required. The directory of the database, created if it does not exist. It must be on a local disk, not on a network file system.
   *
   * Value: the path of a directory.
   *
   * It cannot change while the service runs.
   */
  readonly sip_event_store_lmdb_path?: unknown;
  /**
   * When a PUBLISH gets its 200. 'disk': when its change is synced to the disk. 'process': when the operating system has it; then the change survives a crash of the process, but the last changes are lost in a crash of the machine.
   *
   * Value: 'disk' or 'process'. Default: "disk".
   *
   * It cannot change while the service runs.
   */
  readonly sip_event_store_lmdb_durability?: unknown;
}
