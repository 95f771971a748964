//go:build race

package sqlite

// racing says that the race detector looks on: what is only large is left out then.
const racing = true
