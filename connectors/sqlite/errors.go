package sqlite

import "errors"

// Errors of the ledger. They come wrapped, with the sale, effect or path they are about; test them with errors.Is.
var (
	// ErrBusy says that another owner is carrying out a step of this sale and its lease has not run out.
	ErrBusy = errors.New("another step of this sale is on its way")

	// ErrUnresolved says that the outcome of an earlier step of this sale is not known; OpenEffect gives that step.
	ErrUnresolved = errors.New("the outcome of an earlier step of this sale is not known")

	// ErrNotLookedUp says that a step would be repeated before anybody looked whether it was done (invariant 3).
	ErrNotLookedUp = errors.New("the outcome was not looked up since it became unknown")

	// ErrLost says that the effect is no longer the caller's: its lease ran out and somebody else took over, or it was
	// sent again since the caller looked at it.
	ErrLost = errors.New("the step belongs to another owner")

	// ErrTransition says that an effect cannot go from its state to the wanted one.
	ErrTransition = errors.New("the step cannot change to this state")

	// ErrIssued says that the sale has a document already, so it must not be issued, or that its document is not the one that
	// a reissue would replace (invariant 1).
	ErrIssued = errors.New("the sale is issued already")

	// ErrSameDocument says that a reissue was called done that brought no other document than those the sale had (invariant 1).
	ErrSameDocument = errors.New("a reissue that is done has another document than before")

	// ErrReplaced says that a document of the sale was replaced by a later one, so it is not the sale's document again.
	ErrReplaced = errors.New("the document was replaced by a later one")

	// ErrMeaning says that what the sales of a connection are made of cannot change while any of them is in the books or on
	// its way there, or that a sale is made of other records than the connection's sales are.
	ErrMeaning = errors.New("the same goods would be invoiced a second time")

	// ErrTaken says that an order or document of the books belongs to another sale of the connection, or that an issued
	// sale would be moved to another order.
	ErrTaken = errors.New("the order or document in the books belongs to another sale")

	// ErrChanged says that the sale was marked dirty since it was read for the decision to take the step, which may be
	// wrong by now.
	ErrChanged = errors.New("the sale has changed since it was decided on")

	// ErrNoSale says that the ledger has no such sale.
	ErrNoSale = errors.New("no such sale in the ledger")

	// ErrNoEffect says that the ledger has no such effect.
	ErrNoEffect = errors.New("no such step in the ledger")

	// ErrForeign says that the file is not a ledger.
	ErrForeign = errors.New("the file is not a Spacebridge ledger")

	// ErrNewer says that the ledger was written by a newer version of the program.
	ErrNewer = errors.New("the ledger was written by a newer version of Spacebridge")

	// ErrOlder says that the ledger must be migrated, which a read-only ledger cannot do.
	ErrOlder = errors.New("the ledger was written by an older version of Spacebridge")

	// ErrCorrupt says that SQLite found the file damaged.
	ErrCorrupt = errors.New("the ledger is damaged: keep it, and put the newest good copy from backups in its place")

	// ErrFull says that the disk has no room for a write. The ledger is as it was before.
	ErrFull = errors.New("the disk is full: make room")

	// ErrWriteLocked says that another process kept the ledger locked for writing for longer than a write waits.
	ErrWriteLocked = errors.New("another process keeps the ledger locked: end it if it is not the daemon")

	// ErrUnwritable says that the file, or the disk it is on, cannot be written to.
	ErrUnwritable = errors.New("the ledger cannot be written to: check its owner and mode, and that the disk is not read-only")

	// ErrUnfit says that a delivery tells of something that the ledger has no place for. It will be no better another time.
	ErrUnfit = errors.New("the delivery tells of something that the ledger has no place for")

	// ErrTampered says that the journal is not what was written.
	ErrTampered = errors.New("the journal was altered")

	// ErrLocked says that another process works in the data directory.
	ErrLocked = errors.New("the data directory is in use")
)
