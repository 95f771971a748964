package orderspace

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"golang.org/x/sync/singleflight"

	"spacebridge/connectors/rest"
)

const (
	tokenRoute   = "/oauth/token"   //nolint:gosec // the label of a route, not a credential
	renewBefore  = 2 * time.Minute  // tokens live 30 minutes
	tokenTimeout = 90 * time.Second // of one fetch with the wait for its turn, and with that for a gate that just closed
	denialHolds  = time.Minute      // how long refused credentials are not tried again
)

// authorizer keeps one access token for all requests (OAuth2 client credentials, form-encoded).
// Endpoint: POST https://identity.orderspace.com/oauth/token
type authorizer struct {
	conf    clientcredentials.Config
	http    *http.Client
	pace    *rest.Pace
	penalty time.Duration
	metrics *rest.Metrics
	flight  singleflight.Group

	mu     sync.Mutex
	token  *oauth2.Token
	renew  time.Time // when token is replaced; zero for never
	denied error     // what the token endpoint said to our credentials
	until  time.Time // until when that is believed
}

func newAuthorizer(opts Options) *authorizer {
	transport := opts.Transport
	if transport == nil {
		transport = rest.NewTransport()
	}
	return &authorizer{
		conf: clientcredentials.Config{
			ClientID: opts.ClientID, ClientSecret: opts.ClientSecret, TokenURL: opts.TokenURL, AuthStyle: oauth2.AuthStyleInParams,
		},
		http: &http.Client{
			Transport:     opts.Pace.Transport(transport),
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		pace: opts.Pace, penalty: opts.Penalty, metrics: opts.Metrics,
	}
}

// Authorize sets the bearer token, fetching one first if there is none that lasts. However many requests ask at once, one
// fetch serves them all.
//
// Errors: *rest.Error; Unauthorized when the credentials are refused, which is then remembered for a minute.
func (a *authorizer) Authorize(ctx context.Context, r *http.Request) error {
	token, err := a.current()
	if err != nil {
		return err
	}
	if token == "" {
		// The fetch has a life of its own: it serves everybody who waits, not only the first, who may give up or be in no hurry.
		result := a.flight.DoChan("", func() (any, error) { return a.fetch(rest.As(context.Background(), rest.WorkOf(ctx))) })
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for an access token: %w", ctx.Err())
		case fetched := <-result:
			if fetched.Err != nil {
				return fetched.Err
			}
			token, _ = fetched.Val.(string)
		}
	}
	r.Header.Set("Authorization", "Bearer "+token)
	return nil
}

// Refused drops the token, unless it was replaced in the meantime.
func (a *authorizer) Refused(token string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.token != nil && a.token.AccessToken == token {
		a.token = nil
	}
}

// current gives the token, "" if one must be fetched, or why it is not worth trying.
func (a *authorizer) current() (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	if a.token != nil && (a.renew.IsZero() || now.Before(a.renew)) {
		return a.token.AccessToken, nil
	}
	if a.denied != nil && now.Before(a.until) {
		return "", a.denied
	}
	return "", nil
}

func (a *authorizer) fetch(ctx context.Context) (string, error) {
	// Whoever asks just after another's fetch ended is served by what that left behind.
	if token, err := a.current(); token != "" || err != nil {
		return token, err
	}
	ctx, cancel := context.WithTimeout(ctx, tokenTimeout)
	defer cancel()
	start := time.Now()
	token, err := a.conf.Token(context.WithValue(ctx, oauth2.HTTPClient, a.http))
	if err == nil && token.Type() != "Bearer" {
		err = errors.New("not a bearer token")
	}
	if err != nil {
		err = a.explain(err)
	}
	a.metrics.Observe(vendor, http.MethodPost, tokenRoute, err, time.Since(start))
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil {
		if rest.ClassOf(err) == rest.Unauthorized {
			a.denied, a.until = err, time.Now().Add(denialHolds)
		}
		return "", err
	}
	a.token, a.denied, a.renew = token, nil, renewal(time.Now(), token.Expiry)
	return token.AccessToken, nil
}

// renewal is two minutes before expiry, or at half the life of a token that does not live four.
func renewal(now, expiry time.Time) time.Time {
	if expiry.IsZero() {
		return time.Time{}
	}
	return expiry.Add(-min(renewBefore, expiry.Sub(now)/2))
}

// explain classifies the failure of a fetch. The text of oauth2's errors holds the reply's body and is not passed on.
func (a *authorizer) explain(err error) error {
	failure := &rest.Error{Vendor: vendor, Method: http.MethodPost, Route: tokenRoute, Class: rest.NotSent}
	answer, answered := errors.AsType[*oauth2.RetrieveError](err)
	if !answered || answer.Response == nil {
		failure.Err = errors.New("token endpoint not reached, or its reply not understood")
		if errors.Is(err, rest.ErrNoTurn) {
			failure.Err, failure.RetryAfter = rest.ErrNoTurn, max(time.Until(a.pace.Gate()), 0)
		}
		return failure
	}
	failure.Status = answer.Response.StatusCode
	switch {
	case failure.Status == http.StatusTooManyRequests:
		// Invariant 8: after a 429 nothing is sent for the time asked.
		failure.Class, failure.RetryAfter = rest.RateLimited, rest.RetryAfter(answer.Response.Header)
		if failure.RetryAfter <= 0 {
			failure.RetryAfter = a.penalty
		}
		a.pace.CloseGate(failure.RetryAfter)
	case failure.Status >= 400 && failure.Status < 500 && failure.Status != http.StatusRequestTimeout:
		failure.Class = rest.Unauthorized
		failure.Err = errors.New("token endpoint refused the client id and secret, or is not the token endpoint")
	default:
		failure.Class, failure.Err = rest.Unknown, errors.New("token endpoint in trouble")
	}
	return failure
}
