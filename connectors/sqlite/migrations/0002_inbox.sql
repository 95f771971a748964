-- What webhooks tell, and what is needed to read no more than has changed.
--
-- A webhook is a hint: what it says of a record is never kept as the record. deliveries.body is the one place besides
-- snapshots.body where personal data can stand, and only where nobody could make sense of a delivery.

-- The number of the latest mark. It is kept apart from the marks, so that no number comes again when marks are pruned.
CREATE TABLE inbox_numbers (
  one  INTEGER PRIMARY KEY CHECK (one = 1),
  last INTEGER NOT NULL CHECK (last >= 0)
) STRICT;

INSERT INTO inbox_numbers (one, last) VALUES (1, 0);

CREATE TRIGGER inbox_numbers_only_rise BEFORE UPDATE ON inbox_numbers WHEN NEW.last < OLD.last
BEGIN SELECT RAISE(ABORT, 'a number of the inbox would come again'); END;
CREATE TRIGGER inbox_numbers_are_kept BEFORE DELETE ON inbox_numbers
BEGIN SELECT RAISE(ABORT, 'the numbers of the inbox are kept'); END;

-- The records that events named, one row each. A row with waiting_since is a mark: the record is to be looked at.
CREATE TABLE inbox (
  connection    TEXT    NOT NULL CHECK (connection <> ''),
  kind          TEXT    NOT NULL CHECK (kind IN ('order', 'invoice', 'dispatch', 'customer')),
  record_id     TEXT    NOT NULL CHECK (record_id <> ''),
  seq           INTEGER NOT NULL, -- of the latest event that named it
  status        TEXT    NOT NULL, -- as the latest event says that says one
  created_at    INTEGER,          -- creation at the vendor, as an event says
  new_at        INTEGER,          -- when an event first told that it was created; NULL: none did
  deleted       INTEGER NOT NULL CHECK (deleted IN (0, 1)), -- an event that waits says that it was deleted
  first_at      INTEGER NOT NULL, -- receipt of the first event
  last_at       INTEGER NOT NULL, -- receipt of the latest
  waiting_since INTEGER,          -- receipt of the oldest that waits; NULL: the record was read since the latest event
  PRIMARY KEY (connection, kind, record_id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX inbox_seq ON inbox (seq);
CREATE INDEX inbox_waiting ON inbox (connection, waiting_since) WHERE waiting_since IS NOT NULL;
CREATE INDEX inbox_settled ON inbox (last_at) WHERE waiting_since IS NULL;
CREATE INDEX inbox_new ON inbox (connection, new_at) WHERE new_at IS NOT NULL;

-- Webhook requests that were acknowledged. hash is the SHA-256 of the body.
CREATE TABLE deliveries (
  id         INTEGER PRIMARY KEY,
  connection TEXT    NOT NULL CHECK (connection <> ''),
  hash       TEXT    NOT NULL CHECK (hash <> ''),
  first_at   INTEGER NOT NULL,
  last_at    INTEGER NOT NULL,
  times      INTEGER NOT NULL DEFAULT 1,
  events     INTEGER NOT NULL,
  dropped    INTEGER NOT NULL,
  unreadable INTEGER NOT NULL,
  body       BLOB, -- NULL unless something in it is unreadable
  UNIQUE (connection, hash)
) STRICT;

CREATE INDEX deliveries_last ON deliveries (connection, last_at);
CREATE INDEX deliveries_age ON deliveries (last_at);
CREATE INDEX deliveries_bodies ON deliveries (connection) WHERE body IS NOT NULL;

-- Records that were found by reading while a subscription was in place, and that no webhook has told of.
CREATE TABLE unheard (
  connection TEXT    NOT NULL CHECK (connection <> ''),
  kind       TEXT    NOT NULL CHECK (kind IN ('order', 'invoice', 'dispatch', 'customer')),
  record_id  TEXT    NOT NULL CHECK (record_id <> ''),
  found_at   INTEGER NOT NULL,
  silent     INTEGER NOT NULL DEFAULT 1 CHECK (silent IN (0, 1)), -- nothing at all was delivered since it was found
  PRIMARY KEY (connection, kind, record_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX unheard_found ON unheard (connection, found_at);
CREATE INDEX unheard_silent ON unheard (connection, found_at) WHERE silent = 1;

-- Webhook subscriptions of ours. A subscription whose key was replaced has a row for each key.
CREATE TABLE subscriptions (
  connection  TEXT    NOT NULL CHECK (connection <> ''),
  webhook_id  TEXT    NOT NULL CHECK (webhook_id <> ''),
  signing_key TEXT    NOT NULL CHECK (signing_key <> ''), -- secret
  endpoint    TEXT    NOT NULL,
  events      TEXT    NOT NULL, -- a JSON array of names
  created_at  INTEGER,
  seen_at     INTEGER NOT NULL, -- when the vendor last listed it
  retired_at  INTEGER,          -- when it was removed or its key was replaced; NULL while it is live
  PRIMARY KEY (connection, webhook_id, signing_key)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX subscriptions_live ON subscriptions (connection, webhook_id) WHERE retired_at IS NULL;

-- Endpoints that we ever meant to subscribe, written before the request leaves.
CREATE TABLE subscription_intents (
  connection TEXT    NOT NULL CHECK (connection <> ''),
  endpoint   TEXT    NOT NULL CHECK (endpoint <> ''),
  first_at   INTEGER NOT NULL,
  last_at    INTEGER NOT NULL,
  PRIMARY KEY (connection, endpoint)
) STRICT, WITHOUT ROWID;

-- Counts for people, by the hour. hour is the time at which it begins.
CREATE TABLE tallies (
  connection TEXT    NOT NULL CHECK (connection <> ''),
  hour       INTEGER NOT NULL,
  name       TEXT    NOT NULL CHECK (name <> ''),
  n          INTEGER NOT NULL,
  PRIMARY KEY (connection, hour, name)
) STRICT, WITHOUT ROWID;

-- appeared_at is the creation at the vendor or, where a record does not tell, when it was first seen.
ALTER TABLE records ADD COLUMN appeared_at INTEGER NOT NULL DEFAULT 0;
-- named_at is, for an order, when an invoice or a dispatch that names it last changed; NULL once the order was read since.
ALTER TABLE records ADD COLUMN named_at INTEGER;
-- heard_seq is the number of the latest event that was heard before the read was begun that heard_at is of; 0: not known.
ALTER TABLE records ADD COLUMN heard_seq INTEGER NOT NULL DEFAULT 0;

UPDATE records SET
  appeared_at = coalesce(created_at, (SELECT min(s.first_seen) FROM snapshots s
    WHERE s.connection = records.connection AND s.kind = records.kind AND s.record_id = records.record_id), since),
  named_at = CASE WHEN kind = 'order' THEN (SELECT max(n.since) FROM links k
    JOIN records n ON n.connection = k.connection AND n.kind = k.from_kind AND n.record_id = k.from_id
    WHERE k.connection = records.connection AND k.to_kind = 'order' AND k.to_id = records.record_id
      AND n.kind IN ('invoice', 'dispatch') AND n.since > coalesce(records.read_at, 0)) END;

CREATE INDEX records_appeared ON records (connection, kind, appeared_at) WHERE gone = 0;
CREATE INDEX records_window ON records (connection, kind, status, appeared_at) WHERE gone = 0;
CREATE INDEX records_read ON records (connection, kind, read_at) WHERE gone = 0;
CREATE INDEX records_named ON records (connection, named_at) WHERE named_at IS NOT NULL;
