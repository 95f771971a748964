package shop

// Subscribe makes a webhook as another integration of the site would: it costs no request and knows nobody's token. Errors are
// those of the API.
func (s *Shop) Subscribe(endpoint string, events ...string) (Webhook, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := &hook{}
	if err := (webhookInput{Endpoint: &endpoint, Events: &events}).applyTo(h, s.opts.AllowHTTPWebhooks); err != nil {
		return Webhook{}, err
	}
	h.ID, h.SigningKey = s.mint.id("wh"), s.mint.secret("signing_key", 40)
	s.webhooks.add(h.ID, s.now(), h)
	return Webhook{ID: h.ID, Endpoint: h.Endpoint, Events: h.Events, SigningKey: h.SigningKey}, nil
}
