package shop

import (
	"net/url"
	"slices"
)

// Webhook is a subscription and how its deliveries fare.
type Webhook struct {
	ID         string
	Endpoint   string
	Events     []string
	SigningKey string
	Disabled   bool // after too many failures; the API does not say so
	Waiting    int  // deliveries to be tried again
	Delivered  int  // deliveries answered with 200
	Failed     int  // attempts answered with anything else, or not at all
}

// hook is a webhook as the site holds it.
type hook struct {
	ID         string
	Endpoint   string
	Events     []string
	SigningKey string

	disabled          bool
	pending           []news
	batches           []*batch
	delivered, failed int
}

func (h *hook) takes(name string) bool { return !h.disabled && slices.Contains(h.Events, name) }

func (h *hook) drop(b *batch) {
	h.batches = slices.DeleteFunc(h.batches, func(other *batch) bool { return other == b })
}

// subscribed reports whether anybody wants to hear of an event.
func (s *Shop) subscribed(name string) bool {
	for hook := range s.webhooks.all() {
		if hook.takes(name) {
			return true
		}
	}
	return false
}

// Webhooks returns all subscriptions, oldest first, with the disabled ones.
func (s *Shop) Webhooks() []Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Webhook
	for h := range s.webhooks.all() {
		out = append(out, Webhook{
			ID: h.ID, Endpoint: h.Endpoint, Events: slices.Clone(h.Events), SigningKey: h.SigningKey,
			Disabled: h.disabled, Waiting: len(h.batches), Delivered: h.delivered, Failed: h.failed,
		})
	}
	return out
}

type webhookWire struct {
	ID         string   `json:"id"`
	Endpoint   string   `json:"endpoint"`
	Events     []string `json:"events"`
	SigningKey string   `json:"signing_key"`
}

func webhookJSON(h *hook) webhookWire {
	return webhookWire{ID: h.ID, Endpoint: h.Endpoint, Events: h.Events, SigningKey: h.SigningKey}
}

type webhookInput struct {
	Endpoint *string   `json:"endpoint"`
	Events   *[]string `json:"events"`
}

// applyTo changes a subscription if the result is valid.
func (in webhookInput) applyTo(h *hook, allowHTTP bool) error {
	endpoint, events := h.Endpoint, h.Events
	if in.Endpoint != nil {
		endpoint = *in.Endpoint
	}
	if in.Events != nil {
		events = *in.Events
	}
	var found faults
	found.addIf(endpoint == "", "Endpoint can't be blank")
	found.addIf(!deliverable(endpoint, allowHTTP), "Endpoint must be a https url")
	found.addIf(len(events) == 0, "Events can't be blank")
	unknown := func(name string) bool { return !slices.Contains(EventTypes(), name) }
	found.addIf(slices.ContainsFunc(events, unknown), "Events is invalid")
	if err := found.err(); err != nil {
		return err
	}
	h.Endpoint, h.Events = endpoint, slices.Clone(events)
	return nil
}

func deliverable(endpoint string, allowHTTP bool) bool {
	u, err := url.Parse(endpoint)
	return err == nil && u.Host != "" && (u.Scheme == "https" || allowHTTP && u.Scheme == "http")
}

// webhook finds a subscription that the API shows.
func (s *Shop) webhook(id string) (*hook, error) {
	h, ok := s.webhooks.find(id)
	if !ok || h.disabled && s.opts.HideDisabledWebhooks {
		return nil, &NotFoundError{Kind: "webhook", ID: id}
	}
	return h, nil
}

// createWebhook answers POST /webhooks.
func (s *Shop) createWebhook(c *call) (any, error) {
	var in webhookInput
	if err := c.read("webhook", &in); err != nil {
		return nil, err
	}
	h := &hook{}
	if err := in.applyTo(h, s.opts.AllowHTTPWebhooks); err != nil {
		return nil, err
	}
	h.ID, h.SigningKey = s.mint.id("wh"), s.mint.secret("signing_key", 40)
	s.webhooks.add(h.ID, s.now(), h)
	return envelope{"webhook": webhookJSON(h)}, nil
}

// listWebhooks answers GET /webhooks: newest first, all of them.
func (s *Shop) listWebhooks(*call) (any, error) {
	out := []webhookWire{}
	for _, r := range slices.Backward(s.webhooks.rows) {
		if !r.value.disabled || !s.opts.HideDisabledWebhooks {
			out = append(out, webhookJSON(r.value))
		}
	}
	return envelope{"webhooks": out}, nil
}

// getWebhook answers GET /webhooks/:id.
func (s *Shop) getWebhook(c *call) (any, error) {
	h, err := s.webhook(c.id)
	if err != nil {
		return nil, err
	}
	return envelope{"webhook": webhookJSON(h)}, nil
}

// updateWebhook answers PUT /webhooks/:id. It does not enable a disabled webhook: nothing documented does.
func (s *Shop) updateWebhook(c *call) (any, error) {
	h, err := s.webhook(c.id)
	if err != nil {
		return nil, err
	}
	var in webhookInput
	if err := c.read("webhook", &in); err != nil {
		return nil, err
	}
	if err := in.applyTo(h, s.opts.AllowHTTPWebhooks); err != nil {
		return nil, err
	}
	return envelope{"webhook": webhookJSON(h)}, nil
}

// deleteWebhook answers DELETE /webhooks/:id. What was queued for it is dropped.
func (s *Shop) deleteWebhook(c *call) (any, error) {
	if _, err := s.webhook(c.id); err != nil {
		return nil, err
	}
	s.webhooks.remove(c.id)
	return deleted("webhook", c.id), nil
}
