//go:build !race

package simulation

// racing says that the race detector looks on.
const racing = false
