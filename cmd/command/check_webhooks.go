package command

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"spacebridge/config"
	"spacebridge/connectors/sqlite"
)

const (
	// webhookPatience is how long check waits for the answer at a webhook_url.
	webhookPatience = 10 * time.Second
	// readPatience is how long what a webhook told of may wait to be read before somebody should look.
	readPatience = time.Hour
)

// checkWebhooks looks at the webhooks of a connection, if it wants any. Whatever it finds is no failure: reading finds
// everything without them, and the daemon may not run yet.
func (a *app) checkWebhooks(ctx context.Context, settings *config.Config, connection config.Connection) findings {
	if connection.Orderspace.WebhookURL == "" {
		return nil
	}
	var found findings
	a.checkSubscription(ctx, &found, settings, connection)
	checkWebhookPath(&found, connection)
	a.knock(ctx, &found, settings, connection)
	return found.of(connection.Name)
}

// checkSubscription tells what the ledger knows of the subscription.
func (a *app) checkSubscription(ctx context.Context, found *findings, settings *config.Config, connection config.Connection) {
	ledger, err := a.openReader(ctx, settings)
	if errors.Is(err, errNoLedger) {
		found.ok("webhooks", "not subscribed yet; the daemon will do it when it starts")
		return
	}
	if err != nil {
		return // told with the ledger
	}
	defer ledger.Close()
	hooks, err := webhooksOf(ctx, ledger, connection, nil, a.now())
	if err != nil {
		found.fail(ExitFailed, "webhooks", "", "%s", err)
		return
	}
	tellSubscription(found, hooks, connection, a.now())
}

func tellSubscription(found *findings, hooks *webhooksJSON, connection config.Connection, now time.Time) {
	switch place := connection.Policy.Location(); {
	case !hooks.Subscribed:
		found.warn("webhooks", "start the daemon, which subscribes at its start and hourly; if it runs, its log and the workflow subscription/"+connection.Name+" say why",
			"the ledger knows of no subscription at %s", connection.Orderspace.WebhookURL)
	case hooks.last.IsZero():
		found.ok("webhooks", "subscribed since %s; nothing received yet", clock(hooks.since, place))
	default:
		found.ok("webhooks", "subscribed since %s; last request %s ago", clock(hooks.since, place), ago(now.Sub(hooks.last)))
	}
	if waited := time.Duration(hooks.OldestWaitingSeconds) * time.Second; waited > readPatience {
		found.warn("webhooks", "check that the daemon runs; if it does, the workflow inbox/"+connection.Name+" says why",
			"%s to be read, the oldest for %s", plural(hooks.Waiting, "record"), ago(waited))
	}
	if hooks.KeptBodies >= sqlite.MaxBodies {
		found.warn("webhooks", "ask for a newer version of this program: Orderspace may have changed its format",
			"%s were not understood in full; no more are kept", plural(hooks.KeptBodies, "request"))
	}
}

// webhookPath is where the daemon takes the webhooks of a connection.
func webhookPath(connection config.Connection) string {
	return "/webhooks/orderspace/" + connection.Name
}

func checkWebhookPath(found *findings, connection config.Connection) {
	u, err := url.Parse(connection.Orderspace.WebhookURL)
	if err == nil && !strings.HasSuffix(u.Path, webhookPath(connection)) {
		found.warn("webhooks", "let webhook_url end so, or make sure that the proxy rewrites its path",
			"webhook_url does not end in %s, the path at which the daemon listens", webhookPath(connection))
	}
}

// knock sends a request without a signature to webhook_url. Only the daemon refuses that in its own way, and nothing comes
// of it but a line in its log.
func (a *app) knock(ctx context.Context, found *findings, settings *config.Config, connection config.Connection) {
	ctx, cancel := context.WithTimeout(ctx, webhookPatience)
	defer cancel()
	at := connection.Orderspace.WebhookURL
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, at, strings.NewReader("[]"))
	if err != nil {
		found.warn("webhooks", "correct webhook_url", "%s", err)
		return
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", a.userAgent())
	client := &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	reply, err := client.Do(request)
	if err != nil {
		if inner, ok := errors.AsType[*url.Error](err); ok {
			err = inner.Err // without the address, which is told
		}
		found.warn("webhooks", "check name, certificate and proxy, and that the daemon runs; Orderspace must reach it, this machine need not",
			"%s cannot be reached from here: %s", at, err)
		return
	}
	defer reply.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(reply.Body, 64))
	if remedy := strange(reply, string(text), settings.HTTP.WebhookListen, webhookPath(connection)); remedy != "" {
		found.warn("webhooks", remedy, "%s answers %d to a request without a signature, and not 401 as the daemon does", at, reply.StatusCode)
		return
	}
	found.ok("webhooks", "%s leads to the daemon, which refuses what is not signed", at)
}

// strange says what to do about an answer to an unsigned request; "" for the one that the daemon gives.
func strange(reply *http.Response, text, listen, path string) string {
	switch status := reply.StatusCode; {
	case status == http.StatusUnauthorized && reply.Header.Get("WWW-Authenticate") == "" && text == "Unauthorized\n":
		return ""
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return "let the proxy ask for no login at this path, and hand requests on to " + listen
	case status == http.StatusNotFound:
		return "have the proxy hand it on to http://" + listen + path + "; a daemon that was started before webhook_url was set must be restarted"
	case status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout:
		return "start the daemon; if it runs, compare the proxy's target with http.webhook_listen, which is " + listen
	case status >= 300 && status < 400:
		return "let the proxy redirect nothing here: write the address that it redirects to into webhook_url"
	default:
		return "let the proxy answer nothing itself, and hand requests on to http://" + listen + path
	}
}
