package command

import (
	"context"
	"crypto/rand"
	"fmt"

	"spacebridge/connectors/rest"
	"spacebridge/connectors/spaceinvoices/eu"
)

// ensureIntegration finds the order integration with exactly this name, or creates it, and makes it one that never acts
// by itself. It touches no other integration. done says in words what was changed.
func ensureIntegration(ctx context.Context, books *eu.Client, name string) (integration eu.Integration, done string, err error) {
	integration, found, err := findIntegration(ctx, books, name)
	if err != nil {
		return eu.Integration{}, "", err
	}
	done = "found"
	if !found {
		if integration, err = createIntegration(ctx, books, name); err != nil {
			return eu.Integration{}, "", err
		}
		done = "created"
	}
	if safe(integration) {
		return integration, done, nil
	}
	// Creating cannot set everything (is_active has no place in its body), so what is missing is set afterwards.
	yes, no := true, false
	integration, err = books.UpdateIntegration(ctx, requestID(), integration.ID,
		eu.IntegrationUpdate{IsActive: &yes, AutoProcess: &no, AutoReissueOnUpdate: &no})
	if err != nil {
		return eu.Integration{}, "", fmt.Errorf("set up order integration: %w", err)
	}
	if found {
		done = "found, and told not to issue by itself"
	}
	return integration, done, nil
}

func findIntegration(ctx context.Context, books *eu.Client, name string) (eu.Integration, bool, error) {
	var matches []eu.Integration
	options := eu.ListOptions{Limit: 100}
	for {
		page, err := books.ListIntegrations(ctx, options)
		if err != nil {
			return eu.Integration{}, false, err
		}
		for _, integration := range page.Items {
			if integration.Name == name && integration.DeletedAt == "" {
				matches = append(matches, integration)
			}
		}
		if !page.HasMore || page.NextCursor == "" {
			break
		}
		options.NextCursor = page.NextCursor
	}
	switch {
	case len(matches) == 0:
		return eu.Integration{}, false, nil
	case len(matches) > 1:
		return eu.Integration{}, false, fmt.Errorf("%d order integrations are called %q: rename all but one, or choose another name with --integration-name",
			len(matches), name)
	case matches[0].Source != "" && matches[0].Source != "manual":
		return eu.Integration{}, false, fmt.Errorf("the order integration %q belongs to %s: choose another name with --integration-name", name, matches[0].Source)
	}
	return matches[0], true, nil
}

// createIntegration creates one. When the reply is lost it looks before it says that it failed.
func createIntegration(ctx context.Context, books *eu.Client, name string) (eu.Integration, error) {
	no := false
	created, err := books.CreateIntegration(ctx, requestID(),
		eu.IntegrationCreate{Name: name, Source: "manual", AutoProcess: &no, AutoReissueOnUpdate: &no})
	if rest.ClassOf(err) == rest.Unknown {
		// Invariant 3: an outcome that is not known is looked up, never repeated blindly.
		if existing, found, findErr := findIntegration(ctx, books, name); findErr == nil && found {
			return existing, nil
		}
	}
	if err != nil {
		return eu.Integration{}, fmt.Errorf("create order integration: %w", err)
	}
	return created, nil
}

// safe reports whether an integration never acts by itself. A flag that the reply leaves out is not known to be off.
func safe(i eu.Integration) bool {
	return i.IsActive && off(i.AutoProcess) && off(i.AutoReissueOnUpdate)
}

func off(flag *bool) bool { return flag != nil && !*flag }

// requestID is a fresh id for a write that is not one of a sale's steps.
func requestID() string { return "sb_init_" + rand.Text() }
