-- The tables of REX. Made from sdk/src/postgres/migrations.ts; docs/guide/postgres.md

CREATE TABLE IF NOT EXISTS rex_migration (
  version integer PRIMARY KEY,
  applied_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE rex_outbox (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  position bigint GENERATED ALWAYS AS IDENTITY,
  act text NOT NULL CHECK (act IN ('send', 'accept', 'decline', 'request-info', 'provide-info', 'waitlist', 'disclose', 'progress',
    'complete', 'fail', 'withdraw', 'recall', 'attest-recall', 'change-consent', 'acknowledge-consent', 'correct', 'note', 'feedback',
    'enter-in-error', 'mark-seen')),
  thread text CHECK (thread ~ '^([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$'),
  counterpart text CHECK (length(counterpart) <= 255),
  input jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(input) = 'object'),
  bytes integer NOT NULL GENERATED ALWAYS AS (octet_length(input::text)) STORED CHECK (bytes <= 8388608),
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
INSERT INTO rex_migration (version) VALUES (1);

