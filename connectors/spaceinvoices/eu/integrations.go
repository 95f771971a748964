package eu

import (
	"context"
	"net/http"

	"spacebridge/connectors/rest"
)

const integrationRoute = "/order-integrations/{id}"

// Integration is an order integration: the connector object that orders belong to, with the settings that could make the
// books act on their own. Times are ISO 8601 in UTC, "" for none.
//
// Reference: /order-integrations, "The Order Integration object". AutoReissueOnUpdate is newer than that page.
type Integration struct {
	ID                  string   `json:"id"`
	EntityID            string   `json:"entity_id"`
	Name                string   `json:"name"`
	Source              string   `json:"source"`
	IsActive            bool     `json:"is_active"`
	AutoProcess         *bool    `json:"auto_process"` // nil if the reply does not say
	AutoProcessOn       string   `json:"auto_process_on"`
	AutoReissueOnUpdate *bool    `json:"auto_reissue_on_update"`
	DefaultPaymentType  string   `json:"default_payment_type"`
	ShopDomain          string   `json:"shop_domain"`
	Locale              string   `json:"locale"`
	BusinessUnitID      string   `json:"business_unit_id"`
	BusinessPremiseID   string   `json:"business_premise_id"`
	ElectronicDeviceID  string   `json:"electronic_device_id"`
	Metadata            Metadata `json:"metadata"`
	CreatedAt           string   `json:"created_at"`
	UpdatedAt           string   `json:"updated_at"`
	DeletedAt           string   `json:"deleted_at"`
}

// IntegrationCreate is the body that creates an integration. Name is required; the server's default source is "manual".
type IntegrationCreate struct {
	Name                string   `json:"name"`
	Source              string   `json:"source,omitempty"`
	AutoProcess         *bool    `json:"auto_process,omitempty"`
	AutoReissueOnUpdate *bool    `json:"auto_reissue_on_update,omitempty"`
	Locale              string   `json:"locale,omitempty"`
	BusinessUnitID      string   `json:"business_unit_id,omitempty"`
	BusinessPremiseID   string   `json:"business_premise_id,omitempty"`
	ElectronicDeviceID  string   `json:"electronic_device_id,omitempty"`
	Metadata            Metadata `json:"metadata,omitempty"`
}

// IntegrationUpdate is the body that changes an integration; what is left out stays. The source cannot change.
type IntegrationUpdate struct {
	Name                    string          `json:"name,omitempty"`
	IsActive                *bool           `json:"is_active,omitempty"`
	AutoProcess             *bool           `json:"auto_process,omitempty"`
	AutoProcessOn           string          `json:"auto_process_on,omitempty"` // created, paid or fulfilled
	AutoProcessDelaySeconds *int            `json:"auto_process_delay_seconds,omitempty"`
	AutoReissueOnUpdate     *bool           `json:"auto_reissue_on_update,omitempty"`
	DefaultPaymentType      string          `json:"default_payment_type,omitempty"`
	SendInvoiceEmail        *bool           `json:"send_invoice_email,omitempty"`
	SendEstimateEmail       *bool           `json:"send_estimate_email,omitempty"`
	AttachPDFToEmail        *bool           `json:"attach_pdf_to_email,omitempty"`
	IssueInvoiceForBank     *bool           `json:"issue_invoice_for_bank,omitempty"`
	IssueInvoiceOnComplete  *bool           `json:"issue_invoice_on_complete,omitempty"`
	Locale                  Field[string]   `json:"locale,omitzero"`
	BusinessUnitID          Field[string]   `json:"business_unit_id,omitzero"`
	BusinessPremiseID       Field[string]   `json:"business_premise_id,omitzero"`
	ElectronicDeviceID      Field[string]   `json:"electronic_device_id,omitzero"`
	Metadata                Field[Metadata] `json:"metadata,omitzero"`
}

// CreateIntegration creates an order integration: POST /order-integrations.
//
// Errors: *rest.Error; Unknown also for a 2xx reply that names no integration.
func (c *Client) CreateIntegration(ctx context.Context, requestID string, body IntegrationCreate) (Integration, error) {
	var out Integration
	request := rest.Request{Method: http.MethodPost, Route: integrations.path, Body: body}
	if err := c.write(ctx, requestID, request, &out); err != nil {
		return Integration{}, err
	}
	return out, confirmNew(request, out.ID)
}

// ListIntegrations reads one page of the order integrations: GET /order-integrations.
func (c *Client) ListIntegrations(ctx context.Context, o ListOptions) (Page[Integration], error) {
	return list[Integration](ctx, c, &integrations, o)
}

// GetIntegration reads one order integration: GET /order-integrations/{id}. rest.NotFound when there is none.
func (c *Client) GetIntegration(ctx context.Context, id string) (Integration, error) {
	var out Integration
	request, err := single(http.MethodGet, integrationRoute, id)
	if err == nil {
		err = c.rest.Read(ctx, request, &out)
	}
	if err == nil {
		err = confirm(request, id, out.ID)
	}
	return out, err
}

// UpdateIntegration changes an order integration: PATCH /order-integrations/{id}.
//
// Errors: *rest.Error; Unknown also for a 2xx reply that names another integration, or none.
func (c *Client) UpdateIntegration(ctx context.Context, requestID, id string, body IntegrationUpdate) (Integration, error) {
	var out Integration
	request, err := single(http.MethodPatch, integrationRoute, id)
	if err != nil {
		return out, err
	}
	request.Body = body
	if err := c.write(ctx, requestID, request, &out); err != nil {
		return Integration{}, err
	}
	return out, confirm(request, id, out.ID)
}

// DeleteIntegration moves an order integration to the trash: DELETE /order-integrations/{id}.
func (c *Client) DeleteIntegration(ctx context.Context, requestID, id string) error {
	return c.remove(ctx, requestID, integrationRoute, id)
}
