//go:build race

package simulation

// racing says that the race detector looks on. A world takes ten times as long then, and every world has the same code in it.
const racing = true
