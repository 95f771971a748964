package activities

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"spacebridge/connectors/rest"
	"spacebridge/connectors/sqlite"
)

// gate decides whether a connection may write to its books.
//
// The integration must not act by itself: with auto_process on, the books would issue invoices that no effect stands
// for. So the flags are read before the first write and hourly after, and while they are wrong nothing is written.
type gate struct {
	verifying sync.Mutex // held while the integration is read; taken before mu
	doubted   atomic.Bool

	mu      sync.Mutex // guards what follows, for moments only
	open    bool
	checked time.Time
	reason  string // code of the problem that keeps it closed
}

// state tells how the gate stands, and whether that was read recently enough to go by.
func (g *gate) state(now time.Time, timing Timing) (open bool, reason string, current bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	limit := timing.VerifyEvery
	if !g.open {
		limit = timing.VerifyRetry
	}
	age := now.Sub(g.checked)
	return g.open, g.reason, age >= 0 && age < limit && !g.doubted.Load()
}

// set makes reason the one that keeps the gate closed, "" for none, and reports whether that opened it.
func (g *gate) set(reason string, now time.Time) (opened bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	opened = reason == "" && !g.open
	g.open, g.reason, g.checked = reason == "", reason, now
	return opened
}

// VerifyIntegrationInput names a connection.
type VerifyIntegrationInput struct {
	Connection string
}

// VerifyIntegrationResult says whether the connection may write.
type VerifyIntegrationResult struct {
	Writable bool
	Problem  string // code, "" when writable
}

// VerifyIntegration reads the order integration and opens or closes the connection's gate for writes.
//
// Idempotency: a read; the gate is set anew each time.
// Errors: none for a vendor's answer, whatever it is: that is the result. Ledger errors are retried.
func (a *Activities) VerifyIntegration(ctx context.Context, in VerifyIntegrationInput) (VerifyIntegrationResult, error) {
	c, err := a.connection(in.Connection)
	if err != nil {
		return VerifyIntegrationResult{}, err
	}
	c.gate.verifying.Lock()
	defer c.gate.verifying.Unlock()
	problem, err := a.verify(ctx, c)
	if err != nil {
		return VerifyIntegrationResult{}, err
	}
	return VerifyIntegrationResult{Writable: problem == "", Problem: problem}, nil
}

// writable answers from the last verification while it is young enough, and verifies otherwise. While another step is at
// it the answer is no: steps that wait for it would fill the worker, and reads would find no place.
func (a *Activities) writable(ctx context.Context, c *Connection) (bool, string, error) {
	if a.diskLow(ctx) {
		return false, ProblemDiskLow, nil
	}
	if open, reason, current := c.gate.state(a.now(), a.timing); current {
		return open, reason, nil
	}
	if !c.gate.verifying.TryLock() {
		return false, "verifying", nil
	}
	defer c.gate.verifying.Unlock()
	if open, reason, current := c.gate.state(a.now(), a.timing); current {
		return open, reason, nil // verified while this step came here
	}
	c.gate.doubted.Store(false)
	problem, err := a.verify(ctx, c)
	return err == nil && problem == "", problem, err
}

// suspect makes the next step verify first, after a failure that may concern every step: books that cannot be reached are
// asked by one step and not by thousands.
func (c *Connection) suspect(class rest.Class) {
	switch class {
	case rest.NotSent, rest.Unknown:
		c.gate.doubted.Store(true)
	default: // an answer to this request alone
	}
}

// shut closes the gate because a request was refused for its key, and reports it. It is tried again after VerifyRetry.
func (a *Activities) shut(ctx context.Context, c *Connection) error {
	c.gate.verifying.Lock() // a verification under way began before the refusal and must not have the last word
	c.gate.set(ProblemBooksCredentials, a.now())
	c.gate.verifying.Unlock()
	problem := credentialsRefused
	problem.Connection = c.Name
	return a.report(ctx, problem)
}

// credentialsRefused is the problem of a key that Space Invoices does not accept.
var credentialsRefused = sqlite.Problem{
	Code: ProblemBooksCredentials, Message: "Space Invoices refuses the API key or the entity",
	Advice: "check space_invoices.api_key and space_invoices.entity_id, then restart; nothing is written until then",
}

// verify reads the integration and sets the gate; its lock for verifying is held. It gives the code of the problem that
// keeps the gate closed.
func (a *Activities) verify(ctx context.Context, c *Connection) (string, error) {
	problem, err := a.examine(ctx, c)
	if err != nil {
		return "", err
	}
	code := ""
	if problem != nil {
		code = problem.Code
	}
	if opened := c.gate.set(code, a.now()); opened {
		// The sales that were turned away must not wait for their own timers.
		a.relayed.forget(c.Name)
	}
	var solved []string
	for _, other := range []string{ProblemBooksCredentials, ProblemIntegrationMissing, ProblemIntegrationAutomatic, ProblemIntegrationInactive, ProblemBooksUnreachable} {
		if other != code {
			solved = append(solved, other)
		}
	}
	if problem == nil {
		return "", a.clear(ctx, c.Name, solved...)
	}
	problem.Connection = c.Name
	if problem.Code == ProblemBooksUnreachable {
		return code, a.report(ctx, *problem) // of the flags nothing is known: what was known before stands
	}
	if err := a.clear(ctx, c.Name, solved...); err != nil {
		return code, err
	}
	return code, a.report(ctx, *problem)
}

// examine turns the vendor's answer into a problem, or nil when all is well.
func (a *Activities) examine(ctx context.Context, c *Connection) (*sqlite.Problem, error) {
	look, cancel := context.WithTimeout(ctx, LookTimeout)
	defer cancel()
	integration, err := c.Books.Integration(look)
	switch rest.ClassOf(err) {
	case "":
	case rest.Unauthorized:
		refused := credentialsRefused
		return &refused, nil
	case rest.NotFound, rest.Rejected:
		return &sqlite.Problem{
			Code: ProblemIntegrationMissing, Message: "the entity or its order integration does not exist",
			Advice: "check space_invoices.entity_id and space_invoices.order_integration_id, or run `spacebridge init`; nothing is written until then",
		}, nil
	default:
		return &sqlite.Problem{
			Code: ProblemBooksUnreachable, Message: "Space Invoices cannot be reached, or does not say how the order integration is set",
			Advice: "check the network and space_invoices.api_url; it is tried again by itself, and nothing is written until then",
		}, ctx.Err()
	}
	var automatic []string
	if integration.AutoProcess {
		automatic = append(automatic, "auto_process")
	}
	if integration.AutoReissueOnUpdate {
		automatic = append(automatic, "auto_reissue_on_update")
	}
	if len(automatic) > 0 {
		return &sqlite.Problem{
			Code: ProblemIntegrationAutomatic, Message: "the order integration has " + strings.Join(automatic, " and ") + " on",
			Advice: "switch it off in Space Invoices (or run `spacebridge init`): invoices must be issued by Spacebridge alone; nothing is written until then",
		}, nil
	}
	if !integration.Active {
		return &sqlite.Problem{
			Code: ProblemIntegrationInactive, Message: "the order integration is not active",
			Advice: "activate it in Space Invoices; nothing is written until then",
		}, nil
	}
	return nil, nil
}
