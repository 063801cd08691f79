// The tables, and the migration of older stores. docs/spec/delivery.md, "Durability"
import { randomBytes } from 'node:crypto'
import { RexError } from '@rex/sdk/core'
import { type Database, tablesVersion } from '@rex/sdk/sqlite'

/** Steps from each schema version to the next. Released steps never change. */
const STEPS: readonly string[] = [
  `
  CREATE TABLE life (incarnation BLOB NOT NULL, floor_ms INTEGER NOT NULL, uploads INTEGER NOT NULL, time_ms INTEGER NOT NULL);

  CREATE TABLE ledger (
    seq INTEGER PRIMARY KEY,
    sender TEXT NOT NULL,
    envelope_id BLOB NOT NULL,
    digest BLOB NOT NULL,
    expires_ms INTEGER NOT NULL,
    made_ms INTEGER NOT NULL,
    answer BLOB
  );
  CREATE UNIQUE INDEX ledger_envelope ON ledger (envelope_id, sender);

  CREATE TABLE conflict (
    sender TEXT NOT NULL,
    envelope_id BLOB NOT NULL,
    digest BLOB NOT NULL,
    made_ms INTEGER NOT NULL,
    envelope BLOB NOT NULL,
    PRIMARY KEY (sender, envelope_id)
  ) WITHOUT ROWID;

  -- An upload's deliveries have the ids upload * 64 to upload * 64 + 63, so that they lie together.
  CREATE TABLE upload (id INTEGER PRIMARY KEY, shared BLOB NOT NULL, sum INTEGER NOT NULL);
  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    envelope_id BLOB NOT NULL,
    recipient TEXT NOT NULL,
    urgent INTEGER NOT NULL,
    due_ms INTEGER NOT NULL DEFAULT 0,
    submitted_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    delayed INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL,
    last_error BLOB,
    own BLOB NOT NULL,
    sum INTEGER NOT NULL
  );
  CREATE INDEX outbox_queue ON outbox (recipient, urgent, due_ms, id);
  CREATE INDEX outbox_expiry ON outbox (expires_ms);
  CREATE INDEX outbox_alarm ON outbox (submitted_ms) WHERE urgent = 1 AND delayed = 0;

  -- Items are written once: what changes about them stands in redelivery.
  CREATE TABLE item (
    cursor INTEGER PRIMARY KEY AUTOINCREMENT,
    lane TEXT NOT NULL,
    kind INTEGER NOT NULL,
    peer TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    content BLOB NOT NULL,
    sum INTEGER NOT NULL
  );
  CREATE INDEX item_queue ON item (lane, peer, cursor);
  CREATE TABLE redelivery (
    cursor INTEGER PRIMARY KEY,
    lane TEXT NOT NULL,
    peer TEXT NOT NULL,
    times INTEGER NOT NULL,
    due_ms INTEGER NOT NULL
  );
  CREATE INDEX redelivery_due ON redelivery (lane, peer, due_ms) WHERE due_ms > 0;

  -- How much lies in each box, kept by triggers: counting would cost more the fuller a box is. Each lane of the mailbox is a box.
  CREATE TABLE usage (
    box TEXT NOT NULL,
    peer TEXT NOT NULL,
    items INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    newest INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (box, peer)
  ) WITHOUT ROWID;
  CREATE TRIGGER outbox_in AFTER INSERT ON outbox BEGIN
    INSERT INTO usage (box, peer, items, bytes) VALUES ('outbox', new.recipient, 1, new.bytes)
      ON CONFLICT DO UPDATE SET items = items + 1, bytes = bytes + new.bytes;
  END;
  CREATE TRIGGER outbox_out AFTER DELETE ON outbox BEGIN
    UPDATE usage SET items = items - 1, bytes = bytes - old.bytes WHERE box = 'outbox' AND peer = old.recipient;
  END;
  CREATE TRIGGER item_in AFTER INSERT ON item BEGIN
    INSERT INTO usage VALUES (new.lane, new.peer, 1, new.bytes, new.cursor)
      ON CONFLICT DO UPDATE SET items = items + 1, bytes = bytes + new.bytes, newest = new.cursor;
  END;
  CREATE TRIGGER item_out AFTER DELETE ON item BEGIN
    UPDATE usage SET items = items - 1, bytes = bytes - old.bytes WHERE box = old.lane AND peer = old.peer;
  END;

  -- What a row of the ledger takes, with its index: measured.
  CREATE TRIGGER ledger_in AFTER INSERT ON ledger BEGIN
    INSERT INTO usage (box, peer, items, bytes) VALUES ('ledger', new.sender, 1, 640 + 2 * length(new.sender))
      ON CONFLICT DO UPDATE SET items = items + 1, bytes = bytes + 640 + 2 * length(new.sender);
  END;
  CREATE TRIGGER ledger_out AFTER DELETE ON ledger BEGIN
    UPDATE usage SET items = items - 1, bytes = bytes - 640 - 2 * length(old.sender) WHERE box = 'ledger' AND peer = old.sender;
  END;
  CREATE TRIGGER conflict_in AFTER INSERT ON conflict BEGIN
    INSERT INTO usage (box, peer, items, bytes) VALUES ('conflict', new.sender, 1, length(new.envelope))
      ON CONFLICT DO UPDATE SET items = items + 1, bytes = bytes + length(new.envelope);
  END;

  CREATE TABLE statement (organisation TEXT PRIMARY KEY, jwt TEXT NOT NULL, issued_ms INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE lease (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    chain BLOB NOT NULL,
    fence INTEGER NOT NULL,
    credential TEXT NOT NULL,
    since_ms INTEGER NOT NULL
  );
  CREATE TABLE shut_out (seq INTEGER PRIMARY KEY AUTOINCREMENT, chain BLOB NOT NULL UNIQUE);
  CREATE TABLE take_over (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    credential TEXT NOT NULL,
    displaced TEXT NOT NULL,
    taken_ms INTEGER NOT NULL,
    cursor INTEGER NOT NULL
  );
  CREATE TABLE token (digest BLOB PRIMARY KEY, expires_ms INTEGER NOT NULL, name TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE desk (
    credential TEXT PRIMARY KEY,
    name TEXT NOT NULL DEFAULT '',
    token TEXT NOT NULL DEFAULT '',
    enrolled_ms INTEGER NOT NULL,
    renewed_ms INTEGER NOT NULL DEFAULT 0,
    renewals INTEGER NOT NULL DEFAULT 0,
    expires_ms INTEGER NOT NULL,
    seen_ms INTEGER NOT NULL DEFAULT 0,
    chain BLOB NOT NULL DEFAULT x'',
    revoked_ms INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;
  `,
  `
  CREATE TABLE greeted (organisation TEXT PRIMARY KEY, incarnation BLOB NOT NULL, told INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE address (organisation TEXT PRIMARY KEY, endpoints TEXT NOT NULL, told TEXT NOT NULL, jwt TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE network (organisation TEXT NOT NULL, network TEXT NOT NULL, seen_ms INTEGER NOT NULL, PRIMARY KEY (organisation, network)) WITHOUT ROWID;
  CREATE INDEX network_seen ON network (organisation, seen_ms);
  CREATE TABLE place (chain BLOB PRIMARY KEY, place INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE damage (found_ms INTEGER NOT NULL, kind TEXT NOT NULL);
  `,
  `
  -- Damaged rows hold anything: no column is constrained.
  CREATE TABLE quarantine (seq INTEGER PRIMARY KEY AUTOINCREMENT, found_ms, box, id, peer, content, shared);
  `,
  `
  -- The order in which chains were first seen tells which place to forget.
  CREATE TABLE place_by_age (seq INTEGER PRIMARY KEY, chain BLOB NOT NULL UNIQUE, place INTEGER NOT NULL);
  INSERT INTO place_by_age (chain, place) SELECT chain, place FROM place;
  DROP TABLE place;
  ALTER TABLE place_by_age RENAME TO place;

  CREATE TRIGGER conflict_out AFTER DELETE ON conflict BEGIN
    UPDATE usage SET items = items - 1, bytes = bytes - length(old.envelope) WHERE box = 'conflict' AND peer = old.sender;
  END;
  DELETE FROM conflict WHERE NOT EXISTS
    (SELECT 1 FROM ledger l WHERE l.envelope_id = conflict.envelope_id AND l.sender = conflict.sender);
  `,
  "ALTER TABLE desk ADD COLUMN identity BLOB NOT NULL DEFAULT x''",
  `
  ALTER TABLE life ADD COLUMN agreed_ms INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE life ADD COLUMN leap_ms INTEGER NOT NULL DEFAULT 0;
  UPDATE life SET agreed_ms = time_ms;
  `,
]

/**
 * Migrates the schema to the current version, all or nothing.
 * @throws RexError STORE_TOO_NEW
 */
export function migrate(db: Pick<Database, 'prepare' | 'exec'>): void {
  const version = tablesVersion(db)
  if (version > STEPS.length) {
    throw new RexError(
      'STORE_TOO_NEW',
      `The store has schema ${version}; this program knows ${STEPS.length}.`,
    )
  }
  if (version === STEPS.length) return
  db.exec('BEGIN IMMEDIATE')
  for (const step of STEPS.slice(version)) db.exec(step)
  if (version === 0) db.prepare('INSERT INTO life VALUES (?, 0, 0, 0, 0, 0)').run(randomBytes(16))
  db.exec(`PRAGMA user_version = ${STEPS.length}`)
  db.exec('COMMIT')
}
