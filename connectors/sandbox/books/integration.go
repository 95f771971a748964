package books

import "time"

// Integration is an order integration: the channel that orders come in by, with the settings that let it act by itself.
type Integration struct {
	ID                  string
	EntityID            string
	Name                string
	Source              string
	Active              bool
	AutoProcess         bool
	AutoProcessOn       string // created, paid or fulfilled
	AutoProcessDelay    time.Duration
	AutoReissueOnUpdate bool
	DefaultPaymentType  string
	Settings            map[string]any // the settings that change nothing here: locale, e-mail, premises
	Metadata            map[string]any
	CreatedAt           time.Time
	UpdatedAt           time.Time
	DeletedAt           time.Time
}

// sources are the platforms an integration and an order may come from.
var sources = []string{"shopify", "woocommerce", "manual"}

// passiveSettings are stored and returned; the simulator sends no mail and reports to no tax office.
var passiveSettings = []string{
	"locale", "business_unit_id", "business_premise_id", "electronic_device_id", "send_invoice_email", "send_estimate_email",
	"attach_pdf_to_email", "issue_invoice_for_bank", "issue_invoice_on_complete",
}

// integrationCreate is the body of POST /order-integrations. It cannot set is_active, auto_process_on and the e-mail
// settings: those only a PATCH can.
var integrationCreate = schema{fields: []field{
	req("name", text(1, 0)),
	opt("source", oneOf(sources...)),
	opt("auto_process", flag),
	opt("auto_reissue_on_update", flag),
	nul("locale", text(0, 0)),
	nul("business_unit_id", text(0, 36)),
	nul("business_premise_id", text(0, 36)),
	nul("electronic_device_id", text(0, 36)),
	nul("metadata", metadata),
}}

// integrationUpdate is the body of PATCH /order-integrations/{id}. The source is not among it.
var integrationUpdate = schema{fields: []field{
	opt("name", text(1, 0)),
	opt("auto_process", flag),
	opt("auto_reissue_on_update", flag),
	nul("locale", text(0, 0)),
	nul("business_unit_id", text(0, 36)),
	nul("business_premise_id", text(0, 36)),
	nul("electronic_device_id", text(0, 36)),
	nul("metadata", metadata),
	opt("is_active", flag),
	opt("auto_process_on", oneOf("created", "paid", "fulfilled")),
	nul("default_payment_type", text(0, 0)),
	opt("send_invoice_email", flag),
	opt("send_estimate_email", flag),
	opt("attach_pdf_to_email", flag),
	opt("issue_invoice_for_bank", flag),
	opt("issue_invoice_on_complete", flag),
	opt("auto_process_delay_seconds", count),
}}

// apply takes over the keys of a validated body.
func (i *Integration) apply(m map[string]any) {
	set(m, "name", &i.Name)
	set(m, "source", &i.Source)
	set(m, "is_active", &i.Active)
	set(m, "auto_process", &i.AutoProcess)
	set(m, "auto_process_on", &i.AutoProcessOn)
	set(m, "auto_reissue_on_update", &i.AutoReissueOnUpdate)
	set(m, "default_payment_type", &i.DefaultPaymentType)
	set(m, "metadata", &i.Metadata)
	if v, ok := m["auto_process_delay_seconds"]; ok {
		seconds, _ := decimalOf(v)
		whole, _, _ := seconds.Int64(0)
		i.AutoProcessDelay = time.Duration(whole) * time.Second
	}
	for _, key := range passiveSettings {
		if v, ok := m[key]; ok {
			i.Settings[key] = v
		}
	}
}

// set copies a key of a body; null empties the target.
func set[T any](m map[string]any, key string, to *T) {
	if v, given := m[key]; given {
		*to, _ = v.(T)
	}
}

// wire is the integration as the API shows it.
func (i *Integration) wire() any {
	out := map[string]any{
		"id": i.ID, "entity_id": i.EntityID, "name": i.Name, "source": i.Source, "is_active": i.Active,
		"shop_domain": nil, "scopes": nil,
		"auto_process": i.AutoProcess, "auto_process_on": i.AutoProcessOn, "auto_reissue_on_update": i.AutoReissueOnUpdate,
		"auto_process_delay_seconds": int64(i.AutoProcessDelay / time.Second),
		"default_payment_type":       orNull(i.DefaultPaymentType),
		"metadata":                   orEmpty(i.Metadata),
		"created_at":                 stamp(i.CreatedAt), "updated_at": stamp(i.UpdatedAt), "deleted_at": stamp(i.DeletedAt),
	}
	for _, key := range passiveSettings {
		out[key] = i.Settings[key]
	}
	return out
}
