package shop

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// identityRoutes serves the token endpoint.
func (s *Shop) identityRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oauth/token", s.token)
	mux.HandleFunc("/", writeNoSuchPage)
	return mux
}

// tokenRequest is what the token endpoint reads, from a form or from JSON.
type tokenRequest struct {
	GrantType    string `json:"grant_type"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
}

// token answers POST /oauth/token. HTTP Basic was never seen in use and is not accepted.
func (s *Shop) token(w http.ResponseWriter, r *http.Request) {
	request, err := readTokenRequest(w, r)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
	switch {
	case err != nil || request.GrantType == "":
		writeOAuthError(w, http.StatusBadRequest, "invalid_request",
			"Missing required parameter: grant_type.")
	case !equal(request.ClientID, s.opts.ClientID) || !equal(request.ClientSecret, s.opts.ClientSecret):
		writeOAuthError(w, http.StatusUnauthorized, "invalid_client",
			"Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.")
	case request.GrantType != "client_credentials":
		writeOAuthError(w, http.StatusBadRequest, "unsupported_grant_type",
			"The authorization grant type is not supported by the authorization server.")
	default:
		body := mustMarshal(struct {
			AccessToken string `json:"access_token"`
			TokenType   string `json:"token_type"`
			ExpiresIn   int64  `json:"expires_in"`
			Scope       string `json:"scope"`
		}{s.newToken(), "Bearer", int64(s.opts.TokenTTL / time.Second), "read write"})
		w.Header().Set("Cache-Control", "private, no-store")
		writeJSON(w, http.StatusOK, body)
	}
}

func readTokenRequest(w http.ResponseWriter, r *http.Request) (tokenRequest, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	if err != nil {
		return tokenRequest{}, err
	}
	var request tokenRequest
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch mediaType {
	case "application/json":
		err = json.Unmarshal(body, &request)
	case "application/x-www-form-urlencoded":
		var form url.Values
		form, err = url.ParseQuery(string(body))
		request = tokenRequest{form.Get("grant_type"), form.Get("client_id"), form.Get("client_secret")}
	default:
		err = errors.New("content type is neither a form nor JSON")
	}
	return request, err
}

func writeOAuthError(w http.ResponseWriter, status int, code, description string) {
	if status == http.StatusUnauthorized {
		w.Header().Set("Www-Authenticate",
			`Bearer realm="Orderspace", error="`+code+`", error_description="`+description+`"`)
	}
	writeJSON(w, status, mustMarshal(map[string]string{"error": code, "error_description": description}))
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// newToken makes an access token and forgets those that are long over.
func (s *Shop) newToken() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for token, end := range s.tokens {
		if now.Sub(end) > 24*time.Hour {
			delete(s.tokens, token)
		}
	}
	token := s.mint.secret("token", 43)
	s.tokens[token] = now.Add(s.opts.TokenTTL)
	return token
}

// RevokeTokens makes every access token invalid at once, as when the merchant removes the integration's access. New
// tokens may be asked for.
func (s *Shop) RevokeTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

// authorized reports whether a request carries a live token, and answers 401 if not. s.mu must not be held.
func (s *Shop) authorized(w http.ResponseWriter, r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	s.mu.Lock()
	end, known := s.tokens[strings.TrimSpace(token)]
	live := s.now().Before(end)
	s.mu.Unlock()
	description := "The access token is invalid"
	switch {
	case known && live && strings.EqualFold(scheme, "Bearer"):
		return true
	case known && !live:
		description = "The access token expired"
	}
	w.Header().Set("Www-Authenticate",
		`Bearer realm="Orderspace", error="invalid_token", error_description="`+description+`"`)
	writeEmpty(w, http.StatusUnauthorized)
	return false
}
