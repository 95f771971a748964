package books

import (
	"slices"
	"time"
)

// integrationList says what of an integration can be asked for in lists.
var integrationList = resource[*Integration]{
	fields: map[string]kind{
		"id": textKind, "name": textKind, "source": textKind, "is_active": flagKind, "created_at": momentKind, "updated_at": momentKind,
	},
	value: func(i *Integration, name string) any {
		return map[string]any{
			"id": i.ID, "name": i.Name, "source": i.Source, "is_active": i.Active, "created_at": i.CreatedAt, "updated_at": i.UpdatedAt,
		}[name]
	},
	id:      func(i *Integration) string { return i.ID },
	deleted: func(i *Integration) bool { return !i.DeletedAt.IsZero() },
	wire:    (*Integration).wire,
}

// createIntegration serves POST /order-integrations.
func (b *Books) createIntegration(c call) (any, *fault) {
	m, f := decode(c.body)
	if f != nil {
		return nil, f
	}
	if found := integrationCreate.validate(m, nil, false, b.opts.StripUnknown); found != nil {
		return nil, invalid(found...)
	}
	made := newIntegration(b.newID("oint", ""), c.entity, b.now())
	made.apply(m)
	b.integrations = append(b.integrations, made)
	return made.wire(), nil
}

// newIntegration has the defaults of the reference: active, manual, auto_process off, auto_process_on paid.
func newIntegration(id, entity string, now time.Time) *Integration {
	return &Integration{
		ID: id, EntityID: entity, Source: "manual", Active: true, AutoProcessOn: "paid", CreatedAt: now, UpdatedAt: now,
		Settings: map[string]any{
			"send_invoice_email": false, "send_estimate_email": false, "attach_pdf_to_email": false,
			"issue_invoice_for_bank": false, "issue_invoice_on_complete": false,
		},
	}
}

// listIntegrations serves GET /order-integrations.
func (b *Books) listIntegrations(c call) (any, *fault) {
	var mine []*Integration
	for _, i := range b.integrations {
		if i.EntityID == c.entity {
			mine = append(mine, i)
		}
	}
	return integrationList.page(mine, c.query, b.opts.IgnoreQuery)
}

// getIntegration serves GET /order-integrations/{id}.
func (b *Books) getIntegration(c call) (any, *fault) {
	found := b.integration(c.entity, c.id)
	if found == nil {
		return nil, missing("Order integration")
	}
	return found.wire(), nil
}

// updateIntegration serves PATCH /order-integrations/{id}.
func (b *Books) updateIntegration(c call) (any, *fault) {
	found := b.integration(c.entity, c.id)
	if found == nil {
		return nil, missing("Order integration")
	}
	m, f := decode(c.body)
	if f != nil {
		return nil, f
	}
	if issues := integrationUpdate.validate(m, nil, true, b.opts.StripUnknown); issues != nil {
		return nil, invalid(issues...)
	}
	found.apply(m)
	found.UpdatedAt = b.now()
	return found.wire(), nil
}

// deleteIntegration serves DELETE /order-integrations/{id}: a soft delete.
func (b *Books) deleteIntegration(c call) (any, *fault) {
	found := b.integration(c.entity, c.id)
	if found == nil {
		return nil, missing("Order integration")
	}
	found.DeletedAt = b.now()
	return nil, nil
}

// integration finds one that is not deleted; nil if there is none.
func (b *Books) integration(entity, id string) *Integration {
	at := slices.IndexFunc(b.integrations, func(i *Integration) bool {
		return i.ID == id && i.EntityID == entity && i.DeletedAt.IsZero()
	})
	if at < 0 {
		return nil
	}
	return b.integrations[at]
}

// stamp writes a time as the API does; the zero time is null.
func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// orNull writes "" as null.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// orEmpty writes a missing object as {}.
func orEmpty(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}
