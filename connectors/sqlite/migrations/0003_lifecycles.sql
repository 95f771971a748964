-- What sales are made of, and every document that a sale ever had.

-- What the sales of a connection are made of: its orders, or its invoices.
CREATE TABLE meanings (
  connection TEXT    NOT NULL PRIMARY KEY CHECK (connection <> ''),
  issue_from TEXT    NOT NULL CHECK (issue_from IN ('order', 'invoice')),
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Until now sales were made of orders.
INSERT INTO meanings (connection, issue_from, updated_at)
SELECT connection, 'order', max(updated_at) FROM sales GROUP BY connection;

-- kind says what the sale is made of: the record of this kind that has its id.
ALTER TABLE sales ADD COLUMN kind TEXT NOT NULL DEFAULT 'order' CHECK (kind IN ('order', 'invoice'));
-- issued_… are the prints of what the document was made of; '' where that is not known.
ALTER TABLE sales ADD COLUMN issued_money TEXT NOT NULL DEFAULT '';
ALTER TABLE sales ADD COLUMN issued_identity TEXT NOT NULL DEFAULT '';

-- A change of an order that had its document was held, so what was last written is what the document was made of.
UPDATE sales SET issued_money = written_money, issued_identity = written_identity WHERE books_document_id IS NOT NULL;
-- created_at is, for a sale made of an invoice, when the invoice appeared: an invoice does not tell its creation.
UPDATE sales SET kind = 'invoice', created_at = coalesce(created_at, (SELECT r.appeared_at FROM records r
  WHERE r.connection = sales.connection AND r.kind = 'invoice' AND r.record_id = sales.id)) WHERE id GLOB 'iv_*';

CREATE INDEX sales_of_invoices ON sales (connection) WHERE kind = 'invoice';

-- The sale's document before the step, as it was claimed, which a reissue replaces; '' without one.
ALTER TABLE effects ADD COLUMN replaces TEXT NOT NULL DEFAULT '';

-- The numbers behind a reason, as a table for people.
ALTER TABLE holds ADD COLUMN detail TEXT NOT NULL DEFAULT '';

-- Every document that a sale ever had, the first with seq 1. The one without replaced_by is the sale's document.
CREATE TABLE documents (
  connection     TEXT    NOT NULL,
  document_id    TEXT    NOT NULL CHECK (document_id <> ''),
  sale_id        TEXT    NOT NULL,
  books_order_id TEXT    NOT NULL,
  step           TEXT    NOT NULL CHECK (step IN ('issue', 'reissue', 'found')), -- found: by no step of ours
  seq            INTEGER NOT NULL CHECK (seq >= 1),
  replaced_by    TEXT    CHECK (replaced_by <> '' AND replaced_by <> document_id),
  recorded_at    INTEGER NOT NULL,
  PRIMARY KEY (connection, document_id),
  UNIQUE (connection, sale_id, seq),
  FOREIGN KEY (connection, sale_id) REFERENCES sales (connection, id)
) STRICT, WITHOUT ROWID;

INSERT INTO documents (connection, document_id, sale_id, books_order_id, step, seq, recorded_at)
SELECT s.connection, s.books_document_id, s.id, coalesce(s.books_order_id, ''),
  CASE WHEN i.at IS NULL THEN 'found' ELSE 'issue' END, 1, coalesce(i.at, s.updated_at)
FROM sales s LEFT JOIN (SELECT connection, sale_id, books_document_id, max(updated_at) AS at FROM effects
    WHERE step = 'issue' AND state = 'done' GROUP BY connection, sale_id, books_document_id) i
  ON i.connection = s.connection AND i.sale_id = s.id AND i.books_document_id = s.books_document_id
WHERE s.books_document_id IS NOT NULL;

-- A sale has at most one live document; whatever else is wrong, the database refuses a second one.
CREATE UNIQUE INDEX documents_live ON documents (connection, sale_id) WHERE replaced_by IS NULL;

CREATE TRIGGER documents_only_get_replaced BEFORE UPDATE ON documents
WHEN OLD.replaced_by IS NOT NULL OR NEW.replaced_by IS NULL OR NEW.connection <> OLD.connection
  OR NEW.document_id <> OLD.document_id OR NEW.sale_id <> OLD.sale_id OR NEW.books_order_id <> OLD.books_order_id
  OR NEW.step <> OLD.step OR NEW.seq <> OLD.seq OR NEW.recorded_at <> OLD.recorded_at
BEGIN SELECT RAISE(ABORT, 'a document is replaced once, and nothing else of it changes'); END;
CREATE TRIGGER documents_are_kept BEFORE DELETE ON documents
BEGIN SELECT RAISE(ABORT, 'a document of a sale cannot be deleted'); END;
