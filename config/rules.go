package config

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (v *validator) required(path, value, remedy string) bool {
	if strings.TrimSpace(value) != "" {
		return true
	}
	v.add(path, "", "is missing", remedy)
	return false
}

func (v *validator) oneOf(path, value string, choices ...string) {
	if slices.Contains(choices, value) {
		return
	}
	remedy := "use one of " + strings.Join(choices, ", ")
	if near := suggest(value, choices); near != "" && value != "" {
		remedy += ` (did you mean "` + near + `"?)`
	}
	v.add(path, value, "is not known", remedy)
}

// reserved refuses a value that the file format knows but this version does not do, rather than ignoring it.
func (v *validator) reserved(path, value, instead string) {
	v.add(path, value, "is not available in this version", instead)
}

func (v *validator) listen(path, address string) (host string, ok bool) {
	if !v.required(path, address, "write host:port, such as 127.0.0.1:9090") {
		return "", false
	}
	host, port, err := net.SplitHostPort(address)
	number, numberErr := strconv.ParseUint(port, 10, 16)
	if err != nil || numberErr != nil || strings.ContainsAny(host, " /") {
		v.add(path, address, "is not host:port", "write it as 127.0.0.1:"+strconv.FormatUint(max(number, 9090), 10))
		return "", false
	}
	return host, true
}

func (v *validator) loopback(path, address string) {
	host, ok := v.listen(path, address)
	if ok && !isLoopback(host) {
		v.add(path, address, "is reachable from other machines, and the embedded Temporal server asks nobody for a password",
			"listen on 127.0.0.1, or run a Temporal cluster and set temporal.address")
	}
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func (v *validator) url(path, text string) {
	if !v.required(path, text, "write the full https address") {
		return
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http"):
		v.add(path, "", "is not a web address", "write the full address, beginning with https://")
	case u.User != nil:
		v.add(path, "", "has a user name in it", "credentials have keys of their own")
	case u.RawQuery != "" || u.Fragment != "":
		v.add(path, text, "has a query or a fragment", "write the address only")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		v.add(path, text, "would send credentials unencrypted", "use https; plain http is for 127.0.0.1 only")
	}
}

// meansHost reports whether an address leads to a vendor's public API, or may be meant to: one that names no host at all
// is not a way around the vendor's limit.
func meansHost(address, host string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		u, err = url.Parse("https://" + address) // as it is often written
	}
	if err != nil || u.Hostname() == "" {
		return true
	}
	return strings.EqualFold(strings.TrimSuffix(u.Hostname(), "."), host)
}

func (v *validator) perMinute(path string, value int, apiURL, host string, limit int) {
	if value < 1 {
		v.add(path, strconv.Itoa(value), "is not a number of requests", "write 1 or more; the vendor allows "+strconv.Itoa(limit))
	}
	// Invariant 8: the vendor's own limit is not for the configuration to raise.
	if value > limit && meansHost(apiURL, host) {
		v.add(path, strconv.Itoa(value), "is more than "+host+" allows", "write "+strconv.Itoa(limit)+" or less")
	}
}

// shortest is the least that any duration may be set to.
const shortest = time.Second

func (v *validator) duration(path string, value, longest time.Duration) {
	if value < shortest || value > longest {
		v.add(path, value.String(), "is out of range", "write a duration from "+short(shortest)+" to "+short(longest))
	}
}

// Bounds of disk_reserve: SQLite needs some room to write anything at all, and nobody wants to wait for more than a large disk.
const (
	minReserve Size = 16 << 20
	maxReserve Size = 1 << 40
)

// Bounds of http.webhook_max_body: one long order must fit, and a few requests at once must fit into memory.
const (
	minWebhookBody Size = 256 << 10
	maxWebhookBody Size = 256 << 20
)

func (v *validator) size(path string, value, least, most Size) {
	if value < least || value > most {
		v.add(path, value.String(), "is out of range", "write a size from "+least.String()+" to "+most.String())
	}
}

// short writes 15m0s as 15m.
func short(d time.Duration) string {
	text := d.String()
	for _, zeros := range []string{"h0m0s", "m0s"} {
		if strings.HasSuffix(text, zeros) {
			return strings.TrimSuffix(text, zeros[1:])
		}
	}
	return text
}

var (
	safeName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)
	safeID   = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
)

func (v *validator) id(path, value, remedy string) {
	if v.required(path, value, remedy) && !safeID.MatchString(value) {
		v.add(path, value, "is not an id", remedy)
	}
}
