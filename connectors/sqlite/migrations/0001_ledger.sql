-- The ledger: the system of record of sales and their invoices.
--
-- Times are milliseconds since 1970-01-01 UTC. Money is in minor units of the currency beside it.
-- NULL means "not known" or "not yet"; an empty text is a value.
-- Personal data stand in snapshots.body and nowhere else.

-- How far each list has been read.
CREATE TABLE cursors (
  connection TEXT    NOT NULL CHECK (connection <> ''),
  name       TEXT    NOT NULL CHECK (name <> ''),
  value      TEXT    NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (connection, name)
) STRICT, WITHOUT ROWID;

-- Every version of every record, as the vendor sent it. hash is the SHA-256 of the canonical body.
CREATE TABLE snapshots (
  id         INTEGER PRIMARY KEY,
  connection TEXT    NOT NULL CHECK (connection <> ''),
  kind       TEXT    NOT NULL CHECK (kind IN ('order', 'invoice', 'dispatch', 'customer')),
  record_id  TEXT    NOT NULL CHECK (record_id <> ''),
  hash       TEXT    NOT NULL CHECK (length(hash) = 64),
  body       BLOB    NOT NULL,
  source     TEXT    NOT NULL CHECK (source IN ('list', 'get', 'webhook')),
  first_seen INTEGER NOT NULL,
  UNIQUE (connection, kind, record_id, hash)
) STRICT;

CREATE TRIGGER snapshots_are_immutable BEFORE UPDATE ON snapshots
BEGIN SELECT RAISE(ABORT, 'a snapshot cannot be changed'); END;

-- The current version of each record. snapshot_id is NULL for a record that was only ever found gone.
CREATE TABLE records (
  connection  TEXT    NOT NULL CHECK (connection <> ''),
  kind        TEXT    NOT NULL CHECK (kind IN ('order', 'invoice', 'dispatch', 'customer')),
  record_id   TEXT    NOT NULL CHECK (record_id <> ''),
  snapshot_id INTEGER REFERENCES snapshots (id),
  status      TEXT    NOT NULL,
  number      TEXT    NOT NULL,
  created_at  INTEGER,          -- creation at the vendor
  source      TEXT    NOT NULL CHECK (source IN ('list', 'get', 'webhook')),
  since       INTEGER NOT NULL, -- when this version became the current one
  heard_at    INTEGER NOT NULL, -- the latest time at which anything made or confirmed this version
  read_at     INTEGER,          -- the latest read of this version by list or get; NULL after a webhook changed it
  gone        INTEGER NOT NULL DEFAULT 0 CHECK (gone IN (0, 1)),
  PRIMARY KEY (connection, kind, record_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX records_open ON records (connection, kind, status, read_at) WHERE gone = 0;
CREATE INDEX records_snapshot ON records (snapshot_id);

-- What the current version of a record names.
CREATE TABLE links (
  connection TEXT NOT NULL,
  from_kind  TEXT NOT NULL,
  from_id    TEXT NOT NULL,
  to_kind    TEXT NOT NULL CHECK (to_kind IN ('order', 'invoice', 'dispatch', 'customer')),
  to_id      TEXT NOT NULL CHECK (to_id <> ''),
  PRIMARY KEY (connection, from_kind, from_id, to_kind, to_id),
  FOREIGN KEY (connection, from_kind, from_id) REFERENCES records (connection, kind, record_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX links_to ON links (connection, to_kind, to_id, from_kind, from_id);

-- What must end up as one order in the books and at most one live invoice.
CREATE TABLE sales (
  connection        TEXT    NOT NULL CHECK (connection <> ''),
  id                TEXT    NOT NULL CHECK (id <> ''),
  number            TEXT    NOT NULL DEFAULT '',
  state             TEXT    NOT NULL DEFAULT 'waiting'
                    CHECK (state IN ('waiting', 'pending', 'issued', 'cancelled', 'ignored', 'held')),
  currency          TEXT    NOT NULL DEFAULT '',
  digits            INTEGER NOT NULL DEFAULT 0 CHECK (digits BETWEEN 0 AND 4),
  gross             INTEGER,
  books_order_id    TEXT    CHECK (books_order_id <> ''),
  books_document_id TEXT    CHECK (books_document_id <> ''),
  books_status      TEXT    NOT NULL DEFAULT '',
  written_money     TEXT    NOT NULL DEFAULT '',
  written_identity  TEXT    NOT NULL DEFAULT '',
  written_quiet     TEXT    NOT NULL DEFAULT '',
  written_payment   TEXT    NOT NULL DEFAULT '',
  rule              TEXT    NOT NULL DEFAULT '',
  reason            TEXT    NOT NULL DEFAULT '',
  command_issue     INTEGER NOT NULL DEFAULT 0 CHECK (command_issue IN (0, 1)),
  command_skip      TEXT    NOT NULL DEFAULT '',
  retried_at        INTEGER, -- when an operator last said retry
  retried_seq       INTEGER NOT NULL DEFAULT 0, -- of the last entry in the effect log at that time
  strays_due        INTEGER, -- when to look for orders of steps that were given up; NULL: nothing to look for
  dirty_seq         INTEGER NOT NULL DEFAULT 0,
  dirty_since       INTEGER, -- NULL: nothing left to look at
  created_at        INTEGER, -- creation at the vendor
  updated_at        INTEGER NOT NULL,
  PRIMARY KEY (connection, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX sales_by_state ON sales (connection, state, created_at);
CREATE INDEX sales_by_number ON sales (number);
CREATE INDEX sales_by_id ON sales (id);
CREATE INDEX sales_by_creation ON sales (connection, created_at);
CREATE INDEX sales_dirty ON sales (connection, dirty_since) WHERE dirty_since IS NOT NULL;
CREATE INDEX sales_strays ON sales (connection, strays_due) WHERE strays_due IS NOT NULL;
CREATE UNIQUE INDEX sales_books_order ON sales (connection, books_order_id) WHERE books_order_id IS NOT NULL;
CREATE UNIQUE INDEX sales_books_document ON sales (connection, books_document_id) WHERE books_document_id IS NOT NULL;

CREATE TRIGGER sales_are_kept BEFORE DELETE ON sales
BEGIN SELECT RAISE(ABORT, 'a sale cannot be deleted'); END;

-- One row for each change to the books, written before its request leaves.
CREATE TABLE effects (
  id                INTEGER PRIMARY KEY,
  connection        TEXT    NOT NULL,
  sale_id           TEXT    NOT NULL,
  step              TEXT    NOT NULL CHECK (step <> ''),
  generation        INTEGER NOT NULL CHECK (generation >= 1),
  request_id        TEXT    NOT NULL UNIQUE CHECK (request_id <> ''),
  body_hash         TEXT    NOT NULL,
  state             TEXT    NOT NULL
                    CHECK (state IN ('planned', 'sending', 'unknown', 'done', 'rejected', 'held')),
  attempts          INTEGER NOT NULL DEFAULT 0,
  lookups           INTEGER NOT NULL DEFAULT 0, -- since the outcome became unknown
  lease_owner       TEXT    NOT NULL DEFAULT '',
  lease_until       INTEGER,
  created_at        INTEGER NOT NULL,
  updated_at        INTEGER NOT NULL,
  sent_at           INTEGER,
  unknown_since     INTEGER,
  status            INTEGER NOT NULL DEFAULT 0,
  detail            TEXT    NOT NULL DEFAULT '',
  books_order_id    TEXT    NOT NULL DEFAULT '',
  books_document_id TEXT    NOT NULL DEFAULT '',
  print_money       TEXT    NOT NULL DEFAULT '',
  print_identity    TEXT    NOT NULL DEFAULT '',
  print_quiet       TEXT    NOT NULL DEFAULT '',
  print_payment     TEXT    NOT NULL DEFAULT '',
  UNIQUE (connection, sale_id, step, generation),
  FOREIGN KEY (connection, sale_id) REFERENCES sales (connection, id)
) STRICT;

-- A sale has at most one step whose outcome is open; whatever else is wrong, the database refuses a second one.
CREATE UNIQUE INDEX effects_open ON effects (connection, sale_id) WHERE state IN ('sending', 'unknown', 'held');

-- What was sent under a request id does not change after the fact.
CREATE TRIGGER effects_keep_their_identity
BEFORE UPDATE OF id, connection, sale_id, step, generation, request_id, body_hash, created_at ON effects
BEGIN SELECT RAISE(ABORT, 'what an effect is cannot be changed'); END;

CREATE TRIGGER effects_are_kept BEFORE DELETE ON effects
BEGIN SELECT RAISE(ABORT, 'an effect cannot be deleted'); END;

-- Every change of an effect's state, and every lookup.
CREATE TABLE effect_log (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  effect_id  INTEGER NOT NULL REFERENCES effects (id),
  at         INTEGER NOT NULL,
  from_state TEXT    NOT NULL,
  to_state   TEXT    NOT NULL,
  owner      TEXT    NOT NULL,
  status     INTEGER NOT NULL,
  detail     TEXT    NOT NULL
) STRICT;

CREATE INDEX effect_log_by_effect ON effect_log (effect_id, seq);

CREATE TRIGGER effect_log_no_update BEFORE UPDATE ON effect_log
BEGIN SELECT RAISE(ABORT, 'the effect log is append-only'); END;
CREATE TRIGGER effect_log_no_delete BEFORE DELETE ON effect_log
BEGIN SELECT RAISE(ABORT, 'the effect log is append-only'); END;

-- Every decision and every command, chained by hash.
CREATE TABLE journal (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  at         INTEGER NOT NULL,
  connection TEXT    NOT NULL,
  sale_id    TEXT    NOT NULL,
  rule       TEXT    NOT NULL,
  state      TEXT    NOT NULL,
  hold       TEXT    NOT NULL, -- code
  snapshot   TEXT    NOT NULL, -- hash of the record that was decided on
  detail     TEXT    NOT NULL,
  prev_hash  TEXT    NOT NULL,
  hash       TEXT    NOT NULL UNIQUE CHECK (length(hash) = 64)
) STRICT;

CREATE INDEX journal_by_sale ON journal (connection, sale_id, seq);

CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

-- Why sales waited for a person, and from when to when. closed_at is NULL while one still waits.
CREATE TABLE holds (
  id         INTEGER PRIMARY KEY,
  connection TEXT    NOT NULL,
  sale_id    TEXT    NOT NULL,
  code       TEXT    NOT NULL CHECK (code <> ''),
  reason     TEXT    NOT NULL,
  advice     TEXT    NOT NULL,
  opened_at  INTEGER NOT NULL,
  closed_at  INTEGER,
  FOREIGN KEY (connection, sale_id) REFERENCES sales (connection, id)
) STRICT;

CREATE UNIQUE INDEX holds_open ON holds (connection, sale_id) WHERE closed_at IS NULL;
CREATE INDEX holds_by_sale ON holds (connection, sale_id, opened_at);

-- What is wrong with a connection as a whole.
CREATE TABLE problems (
  connection TEXT    NOT NULL CHECK (connection <> ''),
  code       TEXT    NOT NULL CHECK (code <> ''),
  message    TEXT    NOT NULL,
  advice     TEXT    NOT NULL,
  since      INTEGER NOT NULL,
  PRIMARY KEY (connection, code)
) STRICT, WITHOUT ROWID;
