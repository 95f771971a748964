package activities

import (
	"context"
	"sync"

	"go.temporal.io/sdk/activity"

	"spacebridge/connectors/rest"
	"spacebridge/connectors/sqlite"
)

// Problems of a connection. They stop what they must, show in status, check and metrics, and clear themselves.
const (
	ProblemOrderspaceCredentials = "orderspace_credentials"
	ProblemOrderspaceRefused     = "orderspace_refused"
	ProblemOrderspaceUnreachable = "orderspace_unreachable"
	ProblemBooksCredentials      = "space_invoices_credentials"
	ProblemBooksUnreachable      = "space_invoices_unreachable"
	ProblemIntegrationMissing    = "integration_missing"
	ProblemIntegrationAutomatic  = "integration_automatic"
	ProblemIntegrationInactive   = "integration_inactive"
	ProblemDiskLow               = "disk_low"
)

// problems remembers what is in the ledger already, so that a healthy daemon does not write for every page it reads.
type problems struct {
	mu    *sync.Mutex
	known map[string]bool
}

func (a *Activities) report(ctx context.Context, p sqlite.Problem) error {
	a.problems.mu.Lock()
	defer a.problems.mu.Unlock()
	key := p.Connection + "/" + p.Code
	if !a.problems.known[key] {
		a.log.WarnContext(ctx, "a connection has a problem", "connection", p.Connection, "code", p.Code, "advice", p.Advice)
	}
	if err := a.ledger.SetProblem(ctx, p); err != nil {
		return err
	}
	a.problems.known[key] = true
	return nil
}

// standing reports whether a problem was reported by this process and not cleared since.
func (a *Activities) standing(connection, code string) bool {
	a.problems.mu.Lock()
	defer a.problems.mu.Unlock()
	return a.problems.known[connection+"/"+code]
}

// clear removes problems that are mended. Before the first clear of a code its state is unknown, so the ledger is told once.
func (a *Activities) clear(ctx context.Context, connection string, codes ...string) error {
	a.problems.mu.Lock()
	defer a.problems.mu.Unlock()
	for _, code := range codes {
		key := connection + "/" + code
		present, seen := a.problems.known[key]
		if seen && !present {
			continue
		}
		if err := a.ledger.ClearProblem(ctx, connection, code); err != nil {
			return err
		}
		if present {
			a.log.InfoContext(ctx, "a problem is solved", "connection", connection, "code", code)
		}
		a.problems.known[key] = false
	}
	return nil
}

// noteRead files what a read of Orderspace says about the connection's health.
func (a *Activities) noteRead(ctx context.Context, connection string, err error) error {
	switch rest.ClassOf(err) {
	case "", rest.NotFound:
		return a.clear(ctx, connection, ProblemOrderspaceCredentials, ProblemOrderspaceRefused, ProblemOrderspaceUnreachable)
	case rest.Unauthorized:
		return a.report(ctx, sqlite.Problem{
			Connection: connection, Code: ProblemOrderspaceCredentials,
			Message: "Orderspace refuses the client id and secret",
			Advice:  "check orderspace.client_id and orderspace.client_secret against Integrations in the Orderspace admin, then restart",
		})
	case rest.Rejected:
		return a.report(ctx, sqlite.Problem{
			Connection: connection, Code: ProblemOrderspaceRefused,
			Message: "Orderspace refuses a list request",
			Advice:  "check orderspace.api_url; if it is right, send the daemon's log to its maintainers",
		})
	case rest.RateLimited:
		return nil // the gate of the transport deals with it
	default:
		if attempt(ctx) < shownAfter {
			return nil // most failures pass
		}
		return a.report(ctx, sqlite.Problem{
			Connection: connection, Code: ProblemOrderspaceUnreachable,
			Message: "Orderspace cannot be reached, or answers what nobody can read",
			Advice:  "check the network, orderspace.api_url and Orderspace's status; it is tried again by itself",
		})
	}
}

// shownAfter is the attempt of a read, each of which is several requests, at which its failure is no passing one any more.
const shownAfter = 3

// attempt is how often Temporal has started the running activity; 1 outside one.
func attempt(ctx context.Context) int32 {
	if !activity.IsActivity(ctx) {
		return 1
	}
	return activity.GetInfo(ctx).Attempt
}
