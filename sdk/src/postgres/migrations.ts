// The tables in the application's database, as migrations that are applied in order. docs/guide/postgres.md, "Tables"
import { JSON_BYTES } from '../core/input/json.ts'
import { checkClient, inTransaction, rowsOf, type Sql } from './sql.ts'

const TABLES = `
CREATE TABLE rex_outbox (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  position bigint GENERATED ALWAYS AS IDENTITY,
  act text NOT NULL CHECK (act IN ('send', 'accept', 'decline', 'request-info', 'provide-info', 'waitlist', 'disclose', 'progress',
    'complete', 'fail', 'withdraw', 'recall', 'attest-recall', 'change-consent', 'acknowledge-consent', 'correct', 'note', 'feedback',
    'enter-in-error', 'mark-seen')),
  thread text CHECK (thread ~ '^([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$'),
  counterpart text CHECK (length(counterpart) <= 255),
  input jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(input) = 'object'),
  bytes integer NOT NULL GENERATED ALWAYS AS (octet_length(input::text)) STORED CHECK (bytes <= ${JSON_BYTES}),
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'refused')),
  problem jsonb,
  attempts integer NOT NULL DEFAULT 0,
  next_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  queue text NOT NULL GENERATED ALWAYS AS (coalesce(thread, id::text)) STORED,
  CHECK ((act = 'send') = (thread IS NULL)),
  CHECK (act <> 'send' OR counterpart IS NULL)
);
CREATE INDEX rex_outbox_queue ON rex_outbox (queue, position);
CREATE INDEX rex_outbox_position ON rex_outbox (position) WHERE state = 'waiting';

CREATE TABLE rex_inbox (
  id text PRIMARY KEY,
  position bigint GENERATED ALWAYS AS IDENTITY,
  thread text,
  kind text,
  urgent boolean NOT NULL DEFAULT false,
  item jsonb,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'parked', 'done')),
  problem text,
  attempts integer NOT NULL DEFAULT 0,
  next_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  done_at timestamptz,
  CHECK ((state = 'done') = (item IS NULL))
);
CREATE INDEX rex_inbox_position ON rex_inbox (urgent DESC, position) WHERE state = 'waiting';
CREATE INDEX rex_inbox_thread ON rex_inbox (thread, position);
CREATE INDEX rex_inbox_done ON rex_inbox (done_at) WHERE state = 'done';

CREATE TABLE rex_thread (
  thread text NOT NULL,
  counterpart text NOT NULL,
  request uuid,
  ref text,
  role text NOT NULL,
  kind text NOT NULL,
  test boolean NOT NULL,
  urgent boolean NOT NULL,
  state text NOT NULL,
  responsible text NOT NULL,
  mine boolean NOT NULL,
  next_who text,
  next_what text,
  due_at timestamptz,
  undelivered text,
  unreceived boolean NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (thread, counterpart)
);
CREATE INDEX rex_thread_ref ON rex_thread (ref);
CREATE INDEX rex_thread_request ON rex_thread ((request::text));
CREATE INDEX rex_thread_due ON rex_thread (due_at) WHERE mine;

CREATE TABLE rex_relay (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  organisation text NOT NULL,
  cursor text
);

CREATE FUNCTION rex_wake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_catalog.pg_notify(TG_TABLE_NAME, '');
  RETURN NULL;
END $$;
CREATE TRIGGER rex_wake AFTER INSERT OR UPDATE OF state ON rex_outbox FOR EACH STATEMENT EXECUTE FUNCTION rex_wake();
CREATE TRIGGER rex_wake AFTER INSERT OR UPDATE OF state ON rex_inbox FOR EACH STATEMENT EXECUTE FUNCTION rex_wake();

CREATE FUNCTION rex_under_way() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'A waiting row of rex_outbox cannot be changed: it may be under way.'
    USING HINT = 'Change a row once its state is refused.', ERRCODE = 'object_not_in_prerequisite_state';
END $$;
CREATE TRIGGER rex_under_way BEFORE UPDATE ON rex_outbox FOR EACH ROW
  WHEN (OLD.state = 'waiting' AND (OLD.id, OLD.act, OLD.counterpart, OLD.input) IS DISTINCT FROM (NEW.id, NEW.act, NEW.counterpart, NEW.input))
  EXECUTE FUNCTION rex_under_way();
`

/** The migrations, oldest first. A published migration never changes. */
const VERSIONS: readonly string[] = [TABLES]

const RECORD = `CREATE TABLE IF NOT EXISTS rex_migration (
  version integer PRIMARY KEY,
  applied_at timestamptz NOT NULL DEFAULT now()
);`
const applied = (version: number) => `INSERT INTO rex_migration (version) VALUES (${version});`

/** Everything as one script, for an empty database and for tools of other languages. `rex.sql` has the same text. */
export const SCRIPT = [
  '-- The tables of REX. Made from sdk/src/postgres/migrations.ts; docs/guide/postgres.md',
  RECORD,
  ...VERSIONS.map((version, i) => `${version.trim()}\n${applied(i + 1)}`),
  '',
].join('\n\n')

/**
 * Creates the tables or migrates them to the current version, in a separate transaction. Several programs may call it at the same time. The tables
 * are created in the first schema of the connection's `search_path`.
 * @throws RexError CONFIG_INVALID if the client is a pool
 */
export async function migrate(client: Sql): Promise<void> {
  checkClient(client)
  await inTransaction(client, async () => {
    await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('rex_migration', 0))`)
    await client.query(RECORD)
    const [last] = await rowsOf<{ version: number }>(
      client,
      'SELECT coalesce(max(version), 0)::int AS version FROM rex_migration',
    )
    const present = last?.version ?? 0
    for (const [i, version] of VERSIONS.entries())
      if (i >= present) await client.query(`${version}\n${applied(i + 1)}`)
  })
}
