import { createHash } from 'node:crypto';
import { NksipError, reasonOf } from '@nksip-ts/core';
import type { EventStateStore, Publication, RegPublish } from '@nksip-ts/event-compositor';
import pg from 'pg';

// Keys are bytea, since a text in PostgreSQL cannot hold U+0000. The key of an address is a hash, since an index entry has at most 2,700 bytes.
const schema = `select pg_advisory_xact_lock(3903);
  create table if not exists publication (srv bytea, aor bytea, tag bytea, ends timestamptz not null,
    state json not null, data bytea not null, primary key (srv, aor, tag));
  create index if not exists publication_ends on publication (ends)`;
const one = 'srv = $1 and aor = $2 and tag = $3';
const insert = "insert into publication select $1::bytea, $2::bytea, $3::bytea, now() + $4 * interval '1 second', $5::json, $6::bytea";
const orUpdate = 'on conflict (srv, aor, tag) do update set ends = excluded.ends, state = excluded.state, data = excluded.data';
const take = 'delete from publication where srv = $1 and aor = $2 and tag = $7 and ends > now() returning tag';
const page = 'select * from publication where srv = $1 and (aor, tag) > ($2, $3) and ends > now()';

interface Row { readonly aor: Buffer; readonly tag: Buffer; readonly state: Omit<Publication, 'record'> & Omit<RegPublish, 'data'>; readonly data: Buffer }

function keyOf(...[srvId, { scheme, user, domain }, tag]: Parameters<EventStateStore['get']>): [Buffer, Buffer, Buffer] {
  return [Buffer.from(srvId), createHash('sha256').update(JSON.stringify([scheme, user, domain])).digest(), Buffer.from(tag)];
}
function valuesOf(...[srvId, aor, tag, { data, ...rest }, ttl]: Parameters<EventStateStore['put']>): unknown[] {
  return [...keyOf(srvId, aor, tag), ttl, { aor, tag, ...rest }, Buffer.from(data)];
}
function publicationOf({ state: { aor, tag, ...rest }, data }: Row): Publication { return { aor, tag, record: { ...rest, data } }; }

/** Event state in PostgreSQL; records expire by the clock of PostgreSQL. Connecting may take 2 seconds, a query 2.5 seconds. */
export async function openPostgresStore(connectionString: string): Promise<EventStateStore> {
  const pool = new pg.Pool({ connectionString, max: 10, connectionTimeoutMillis: 2_000, statement_timeout: 2_000, query_timeout: 2_500 });
  pool.on('error', () => undefined); // an idle connection was lost: the next query opens another one
  const query = (text: string, values: unknown[]) => pool.query<Row>(text, values).catch((error: unknown) => {
    if (error instanceof pg.DatabaseError && /^(22|23|42)/.test(error.code ?? '')) throw error; // an error in the data or the statement: a later attempt would fail too
    throw new NksipError('store_unavailable', { reason: reasonOf(error), retry_after: 10 }, { cause: error });
  });
  const deleteAll = async (condition: string, ...values: unknown[]): Promise<void> => {
    const some = `select ctid from publication where ${condition} limit 1000 for update skip locked`;
    while ((await query(`delete from publication where ctid = any(array(${some}))`, values)).rowCount === 1000);
  };
  await pool.query(schema).catch(async (error: unknown) => { await pool.end(); throw error; });
  const sweep = setInterval(() => { deleteAll('ends <= now()').catch(() => undefined); }, 10_000).unref();
  return {
    get: async (...key) => (await query(`select * from publication where ${one} and ends > now()`, keyOf(...key))).rows.map(publicationOf)[0]?.record,
    put: async (...given) => { await query(`${insert} ${orUpdate}`, valuesOf(...given)); },
    del: async (srvId, aor, tag) => (await query(`with gone as (delete from publication where ${one} returning ends) select from gone where ends > now()`, keyOf(srvId, aor, tag))).rowCount === 1,
    delAll: (srvId) => deleteAll('srv = $1', Buffer.from(srvId)),
    replace: async (srvId, aor, previousTag, ...given) => (await query(
      `with old as (${take}) ${insert} where exists (select from old) ${orUpdate}`, [...valuesOf(srvId, aor, ...given), Buffer.from(previousTag)])).rowCount === 1,
    async *list(srvId, aor) {
      const [srv, ...first] = aor === undefined ? [Buffer.from(srvId), Buffer.of(), Buffer.of()] : keyOf(srvId, aor, '');
      let [address, tag] = first;
      for (let rows: Row[] | undefined; rows === undefined || rows.length === 100;) {
        ({ rows } = await query(`${page} ${aor === undefined ? '' : 'and aor = $2'} order by aor, tag limit 100`, [srv, address, tag]));
        yield* rows.map(publicationOf);
        ({ aor: address, tag } = rows.at(-1) ?? { aor: address, tag });
      }
    },
    close: async () => { clearInterval(sweep); await pool.end(); },
  };
}
