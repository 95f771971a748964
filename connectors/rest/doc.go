// Package rest speaks JSON over HTTP with both vendors and knows what may be concluded from each way it can fail.
//
// A Read is repeated until it is answered or its retries are used up. A Write leaves exactly once: what happened to it is
// told by the Class of its error, and whoever called decides what comes next (invariant 3). All requests that share one
// budget share one Pace (invariant 8), and every request is sent on behalf of a Work, which decides who goes first and is
// what the use of the budget is counted by. Nothing here logs or reports a query, a body, a header or a token (invariant 10).
package rest
