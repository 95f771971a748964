package sandbox

import (
	"net/http"

	"spacebridge/connectors/sandbox/faults"
)

// carryWebhooks puts the faults on the way of the shop's webhooks.
func carryWebhooks(o *Options) {
	if o.WebhookFaults == nil {
		return
	}
	next := o.Shop.WebhookTransport
	if next == nil {
		next = &http.Transport{DisableKeepAlives: true} // nothing of it is left when the sandbox ends
	}
	o.Shop.WebhookTransport = o.WebhookFaults.Transport(next)
}

// controls serves the merchant's side of the shop and, besides, what befalls its webhooks:
// POST /webhooks/lose has all deliveries lost from now on while the shop believes that they arrive,
// POST /webhooks/find ends that, and POST /webhooks/heal ends all mishaps. Each answers with what has happened so far.
func (s *Sandbox) controls() http.Handler {
	merchant := s.Shop.ControlHandler()
	if s.mail == nil {
		return merchant
	}
	mux := http.NewServeMux()
	mux.Handle("/", merchant)
	for route, do := range map[string]func(){
		"POST /webhooks/lose":  func() { s.mail.LoseAll(true) },
		"POST /webhooks/find":  func() { s.mail.LoseAll(false) },
		"POST /webhooks/heal":  s.mail.Heal,
		"GET /webhooks/faults": func() {},
	} {
		mux.HandleFunc(route, func(w http.ResponseWriter, _ *http.Request) {
			do()
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = w.Write([]byte("so far: " + faults.SummaryOfMishaps(s.mail.Counts()) + "\n")) // the client has gone; nobody is left to tell
		})
	}
	return mux
}
