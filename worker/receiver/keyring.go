package receiver

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"spacebridge/connectors/orderspace"
)

const (
	keysFresh = 5 * time.Second        // how long keys are used without asking again
	keysAgain = 100 * time.Millisecond // how soon they are read again when none fits, or after a failure
	keysTime  = 5 * time.Second        // how long reading them may take
)

// errNoKey says that nothing can be signed yet: no subscription was made, or it is not in the ledger.
var errNoKey = errors.New("no signing key")

// keyring knows the signing keys of one connection. They are read again when none fits, so that a subscription works from
// its first delivery on, and not so often that bad signatures keep the ledger busy.
type keyring struct {
	connection string
	ledger     Ledger
	now        func() time.Time

	mu     sync.Mutex // held while the keys are read, so that one reads for all
	keys   []string
	err    error
	readAt time.Time // by the process's own clock; zero: never
}

// verify reports whether one of the keys signed a body. Errors: errNoKey, or why the keys cannot be read.
func (k *keyring) verify(ctx context.Context, body []byte, signature string) (bool, error) {
	for _, age := range []time.Duration{keysFresh, keysAgain} {
		keys, err := k.get(ctx, age)
		if err != nil {
			return false, err
		}
		if orderspace.VerifySignature(body, signature, keys...) {
			return true, nil
		}
		if len(keys) == 0 && age == keysAgain {
			return false, errNoKey
		}
	}
	return false, nil
}

// get gives the keys, read no longer than age ago.
func (k *keyring) get(ctx context.Context, age time.Duration) ([]string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err != nil {
		age = keysAgain
	}
	if !k.readAt.IsZero() && time.Since(k.readAt) < age {
		return k.keys, k.err
	}
	// The sender may go away; the others who wait for the keys have not.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keysTime)
	defer cancel()
	k.keys, k.err = k.ledger.SigningKeys(ctx, k.connection, k.now().Add(-keptValid))
	if k.err != nil {
		k.err = fmt.Errorf("read signing keys: %w", k.err)
	}
	k.readAt = time.Now()
	return k.keys, k.err
}
