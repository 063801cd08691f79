// The tables of the desk store. docs/guide/desk.md, "The desk store"
import { RexError } from '../../core/error.ts'
import { type Database, tablesVersion } from '../../sqlite/database.ts'
import { CHANGES, PROBLEMS } from './changes.ts'
import { MARKS } from './search/marks.ts'

/** The version of the baseline (docs/adr/0046-version-1-has-a-baseline.md), which `SCHEMA` makes. */
const FIRST_VERSION = 17
/** The SQL with which each later version extends the tables. */
const ADDED = [CHANGES, MARKS, PROBLEMS]
const SCHEMA_VERSION = FIRST_VERSION + ADDED.length
// Rows refer to each other by ascending sequence numbers, so rows written together are stored together and few pages change. Only ids and digests are
// looked up by value.
const SCHEMA = `
  CREATE TABLE thread (sequence INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, role TEXT, test INTEGER, slot INTEGER NOT NULL, summary BLOB, refMac BLOB NOT NULL, updatedMs INTEGER, dueMs INTEGER, checkMs INTEGER, overMs INTEGER, erasedMs INTEGER, erasedWhy TEXT, forced INTEGER, erasedSlot INTEGER, erasing INTEGER) STRICT;
  CREATE INDEX thread_updated ON thread (updatedMs);
  CREATE INDEX thread_ref ON thread (refMac, updatedMs) WHERE refMac <> x'';
  CREATE INDEX thread_due ON thread (dueMs) WHERE dueMs IS NOT NULL;
  CREATE INDEX thread_erased ON thread (erasedMs) WHERE erasedMs IS NOT NULL;
  CREATE INDEX thread_erasing ON thread (erasing) WHERE erasing = 1;
  CREATE INDEX thread_check ON thread (checkMs) WHERE checkMs IS NOT NULL;
  CREATE TABLE message (sequence INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL UNIQUE, thread INTEGER NOT NULL, status TEXT, content BLOB) STRICT;
  CREATE INDEX message_thread ON message (thread);
  CREATE INDEX message_held ON message (thread) WHERE status = 'held';
  CREATE TABLE delivery (message INTEGER, recipient TEXT, state TEXT, receivedMs INTEGER, reason TEXT, expiresMs INTEGER, urgent INTEGER, sentMs INTEGER, alarmed INTEGER, minimumSuite TEXT, resealPending INTEGER, attempts INTEGER, resealMs INTEGER, offerMs INTEGER, PRIMARY KEY (message, recipient)) STRICT, WITHOUT ROWID;
  CREATE INDEX delivery_unanswered ON delivery (expiresMs) WHERE state IN ('intended', 'submitted', 'stored');
  CREATE INDEX delivery_unreceived ON delivery (sentMs) WHERE state IN ('intended', 'submitted', 'stored') AND urgent = 1 AND alarmed = 0;
  CREATE INDEX delivery_held ON delivery (expiresMs) WHERE state = 'held';
  CREATE INDEX delivery_confirmed ON delivery (expiresMs) WHERE state IN ('received', 'seen');
  CREATE INDEX delivery_reseal ON delivery (resealMs) WHERE resealPending = 1;
  CREATE INDEX delivery_in_turn ON delivery (message, recipient, resealMs) WHERE resealPending = 1;
  CREATE INDEX delivery_offer ON delivery (offerMs) WHERE state = 'stored' AND resealPending = 0;
  CREATE TABLE envelope (sequence INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, digest BLOB, message INTEGER NOT NULL, recipient TEXT, closed TEXT, stored BLOB) STRICT;
  CREATE INDEX envelope_delivery ON envelope (message, recipient);
  CREATE TABLE receipt_batch (sequence INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, batch BLOB) STRICT;
  CREATE TABLE envelope_receipt (envelope INTEGER, batch INTEGER, PRIMARY KEY (envelope, batch)) STRICT, WITHOUT ROWID;
  CREATE TABLE outgoing (id INTEGER PRIMARY KEY AUTOINCREMENT, thread INTEGER, submission BLOB) STRICT;
  CREATE INDEX outgoing_thread ON outgoing (thread) WHERE thread IS NOT NULL;
  CREATE TABLE item (sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT, thread TEXT, urgent INTEGER, attempts INTEGER, notBeforeMs INTEGER, sinceMs INTEGER NOT NULL DEFAULT 0, parked TEXT, parkedWhy BLOB, content BLOB) STRICT;
  CREATE INDEX item_due ON item (urgent DESC, sequence) WHERE parked IS NULL;
  CREATE INDEX item_parked ON item (sequence) WHERE parked IS NOT NULL;
  CREATE TABLE alarm (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE verdict (messageId BLOB, sender TEXT, digest BLOB, status INTEGER, code TEXT, PRIMARY KEY (messageId, sender)) STRICT, WITHOUT ROWID;
  CREATE TABLE receipt (id INTEGER PRIMARY KEY AUTOINCREMENT, recipient TEXT, receipt BLOB) STRICT;
  CREATE TABLE sent_receipts (sequence INTEGER PRIMARY KEY, envelope BLOB NOT NULL UNIQUE, recipient TEXT NOT NULL, createdMs INTEGER NOT NULL, receipts BLOB NOT NULL) STRICT;
  CREATE TABLE send_key (key TEXT PRIMARY KEY, content TEXT, thread TEXT) STRICT, WITHOUT ROWID;
  CREATE TABLE peer (organisation TEXT PRIMARY KEY, configuration TEXT, pairedMs INTEGER) STRICT, WITHOUT ROWID;
  CREATE TABLE configuration (sequence INTEGER PRIMARY KEY AUTOINCREMENT, organisation TEXT NOT NULL, keys TEXT NOT NULL, jwt TEXT NOT NULL) STRICT;
  CREATE INDEX configuration_organisation ON configuration (organisation, sequence);
  CREATE TABLE pairing (organisation TEXT PRIMARY KEY, configuration TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE chain (organisation TEXT, chain TEXT, PRIMARY KEY (organisation, chain)) STRICT, WITHOUT ROWID;
  CREATE TABLE notice (kind TEXT, organisation TEXT, noticedMs INTEGER, detail TEXT, PRIMARY KEY (kind, organisation)) STRICT, WITHOUT ROWID;
  CREATE TABLE gateway (one INTEGER PRIMARY KEY CHECK (one = 1), incarnation TEXT, confirmed INTEGER) STRICT;
  CREATE TABLE trusted_time (one INTEGER PRIMARY KEY CHECK (one = 1), confirmedMs INTEGER, agreedMs INTEGER, leapMs INTEGER) STRICT;
`

/** Returns the version of a desk store that this program can read. 0: it is empty. @throws RexError STORE_TOO_NEW, STORE_FAILED */
export function versionOf(db: Pick<Database, 'prepare'>): number {
  const version = tablesVersion(db)
  if (version > SCHEMA_VERSION)
    throw new RexError('STORE_TOO_NEW', 'The desk store was written by a newer version.')
  if (version > 0 && version < FIRST_VERSION)
    throw new RexError(
      'STORE_FAILED',
      `The desk store has format ${version}, from before the first release.`,
      { hint: 'Open it with the version that wrote it.' },
    )
  return version
}

/** Creates the tables of a new desk store, or adds what a store of an earlier version lacks. @throws RexError STORE_TOO_NEW, STORE_FAILED */
export function migrate(db: Pick<Database, 'prepare' | 'exec'>): void {
  const version = versionOf(db)
  const lacks = version === 0 ? [SCHEMA, ...ADDED] : ADDED.slice(version - FIRST_VERSION)
  if (lacks.length === 0) return
  db.exec(`BEGIN IMMEDIATE; ${lacks.join('')} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`)
}
