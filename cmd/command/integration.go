package command

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"spacebridge/connectors/rest"
	"spacebridge/connectors/spaceinvoices/eu"
)

// ensureIntegration finds the order integration with exactly this name, or creates it, and makes it one that never acts
// by itself. It touches no other integration. done says in words what was changed.
//
// Before anything is changed, consent is asked about the other connections that the entity has; nil gives it.
func ensureIntegration(ctx context.Context, books *eu.Client, name string, consent func(others []eu.Integration) error) (integration eu.Integration, done string, err error) {
	all, err := listIntegrations(ctx, books)
	if err != nil {
		return eu.Integration{}, "", err
	}
	integration, found, err := findIntegration(all, name)
	if err != nil {
		return eu.Integration{}, "", err
	}
	others := rivals(all, func(i eu.Integration) bool { return i.Name == name })
	if len(others) > 0 && consent != nil {
		if err := consent(others); err != nil {
			return eu.Integration{}, "", err
		}
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

// listIntegrations reads all order integrations of the entity that are not deleted.
func listIntegrations(ctx context.Context, books *eu.Client) ([]eu.Integration, error) {
	var all []eu.Integration
	options := eu.ListOptions{Limit: 100}
	for {
		page, err := books.ListIntegrations(ctx, options)
		if err != nil {
			return nil, err
		}
		for _, integration := range page.Items {
			if integration.DeletedAt == "" {
				all = append(all, integration)
			}
		}
		if !page.HasMore || page.NextCursor == "" {
			return all, nil
		}
		options.NextCursor = page.NextCursor
	}
}

// rivals are the integrations through which another connection may send orders: active, fed by an API client, and none
// of ours. An entity that is joined twice to one shop gets every sale's invoice twice (invariant 1).
func rivals(all []eu.Integration, ours func(eu.Integration) bool) []eu.Integration {
	var out []eu.Integration
	for _, i := range all {
		if i.IsActive && manual(i) && !ours(i) {
			out = append(out, i)
		}
	}
	return out
}

// manual reports whether orders come to an integration through the API only; the others belong to a shop system.
func manual(i eu.Integration) bool { return i.Source == "" || i.Source == "manual" }

// naming lists integrations as `"Name" (oint_…)`.
func naming(integrations []eu.Integration) string {
	names := make([]string, 0, len(integrations))
	for _, i := range integrations {
		names = append(names, fmt.Sprintf("%q (%s)", i.Name, i.ID))
	}
	return strings.Join(names, ", ")
}

func findIntegration(all []eu.Integration, name string) (eu.Integration, bool, error) {
	var matches []eu.Integration
	for _, integration := range all {
		if integration.Name == name {
			matches = append(matches, integration)
		}
	}
	switch {
	case len(matches) == 0:
		return eu.Integration{}, false, nil
	case len(matches) > 1:
		return eu.Integration{}, false, fmt.Errorf("%d order integrations are called %q: rename all but one, or choose another name with --integration-name",
			len(matches), name)
	case !manual(matches[0]):
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
		if all, listErr := listIntegrations(ctx, books); listErr == nil {
			if existing, found, findErr := findIntegration(all, name); findErr == nil && found {
				return existing, nil
			}
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
