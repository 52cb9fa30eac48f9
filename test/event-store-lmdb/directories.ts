import { join } from 'node:path';
import { LmdbStore, type LmdbStoreOptions } from '@nksip-ts/event-store-lmdb';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';

/** Directories of tests, and the stores in them: all gone after each test. */
export class Directories {
  readonly #directories: string[] = [];
  readonly #stores: LmdbStore[] = [];

  /** One that does not exist yet. */
  make(): string {
    const directory = temporaryFolder('lmdb');
    this.#directories.push(directory);
    return join(directory, 'state');
  }

  open(path: string = this.make(), options: Omit<LmdbStoreOptions, 'path'> = {}): LmdbStore {
    const store = new LmdbStore({ path, ...options }).open();
    this.#stores.push(store);
    return store;
  }

  async remove(): Promise<void> {
    for (const store of this.#stores.splice(0)) await store.close();
    for (const directory of this.#directories.splice(0)) removeFolder(directory);
  }
}
