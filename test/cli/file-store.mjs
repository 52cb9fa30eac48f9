import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { storeCallback } from '@nksip-ts/event-compositor';

/** A store for configuration files: all that it has stands in one file. */
export function fileStore(file) {
  const rows = () => existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const write = (change) => {
    const all = rows();
    const answer = change(all);
    writeFileSync(file, JSON.stringify(all));
    return answer;
  };
  const key = (...parts) => JSON.stringify(parts);
  const recordOf = ({ data, ...rest }) => ({ ...rest, data: new Uint8Array(Buffer.from(data, 'base64')) });
  return storeCallback({
    get: (srvId, aor, tag) => {
      const row = rows()[key(srvId, aor.scheme, aor.user, aor.domain, tag)];
      return row && recordOf(row);
    },
    put: (srvId, aor, tag, record) => write((all) => {
      all[key(srvId, aor.scheme, aor.user, aor.domain, tag)] = { ...record, data: Buffer.from(record.data).toString('base64') };
    }),
    del: (srvId, aor, tag) => write((all) => Reflect.deleteProperty(all, key(srvId, aor.scheme, aor.user, aor.domain, tag))),
    delAll: () => writeFileSync(file, '{}'),
    async *list(srvId) {
      for (const [parts, row] of Object.entries(rows())) {
        const [srv, scheme, user, domain, tag] = JSON.parse(parts);
        if (srv === srvId && row.expires > Date.now() / 1000) yield { aor: { scheme, user, domain }, tag, record: recordOf(row) };
      }
    },
  });
}
