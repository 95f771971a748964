package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
)

// The wait for a started server to answer: how long, and how often it is asked.
const (
	readyLimit    = time.Minute
	readyInterval = 50 * time.Millisecond
)

// ready waits until the server does what its callers will ask of it: each service has
// its own view of namespaces and comes up in its own time.
func (p *process) ready(ctx context.Context, o Options) error {
	c, err := client.NewLazyClient(client.Options{
		HostPort:  p.address,
		Namespace: o.Namespace,
		Logger:    sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		return fmt.Errorf("client of the server: %w", err)
	}
	defer c.Close()

	limit := time.NewTimer(readyLimit)
	defer limit.Stop()
	tick := time.NewTicker(readyInterval)
	defer tick.Stop()
	for {
		err := probe(ctx, c, o)
		if invalid := new(serviceerror.InvalidArgument); err == nil || errors.As(err, &invalid) {
			return err // a question that is wrong now stays wrong
		}
		select {
		case cause := <-p.failed:
			return cause
		case <-ctx.Done():
			return fmt.Errorf("wait for the server: %w (last answer: %w)", ctx.Err(), err)
		case <-limit.C:
			return fmt.Errorf("server does not answer after %s: %w", readyLimit, err)
		case <-tick.C:
		}
	}
}

// probe asks the frontend for its health, the history service for a workflow that does
// not exist, and visibility for workflows by every search attribute.
func probe(ctx context.Context, c client.Client, o Options) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if _, err := c.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		return fmt.Errorf("health: %w", err)
	}
	_, err := c.WorkflowService().DescribeWorkflowExecution(ctx, &workflowservice.DescribeWorkflowExecutionRequest{
		Namespace: o.Namespace,
		Execution: &commonpb.WorkflowExecution{WorkflowId: "spacebridge-ready"},
	})
	var notFound *serviceerror.NotFound
	if err != nil && !errors.As(err, &notFound) {
		return fmt.Errorf("namespace %s: %w", o.Namespace, err)
	}
	var query []string
	for _, name := range slices.Sorted(maps.Keys(o.SearchAttributes)) {
		query = append(query, "`"+name+"` IS NOT NULL")
	}
	if _, err = c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		PageSize: 1,
		Query:    strings.Join(query, " AND "),
	}); err != nil {
		return fmt.Errorf("search attributes: %w", err)
	}
	return nil
}
