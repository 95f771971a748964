package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // time_zone works on machines without a zone database, such as minimal containers
)

func (v *validator) connection(path string, c *Connection) {
	if v.required(path+".name", c.Name, "give the connection a short name, such as acme") && !safeName.MatchString(c.Name) {
		v.add(path+".name", c.Name, "cannot be part of keys", "use at most 40 of a-z, 0-9, - and _, beginning with a letter or digit")
	}
	if c.Since.IsZero() {
		v.add(path+".since", "", "is missing", "write the first day whose orders shall be invoiced, such as 2026-01-01")
	}
	v.orderspace(path+".orderspace", &c.Orderspace)
	v.spaceInvoices(path+".space_invoices", &c.SpaceInvoices)
	v.policy(path+".policy", &c.Policy)
}

func (v *validator) orderspace(path string, o *Orderspace) {
	v.url(path+".api_url", o.APIURL)
	v.url(path+".token_url", o.TokenURL)
	v.credential(path, "client_id", o.ClientID != "")
	v.credential(path, "client_secret", !o.ClientSecret.IsZero())
	v.perMinute(path+".requests_per_minute", o.RequestsPerMinute, o.APIURL, orderspaceHost, OrderspaceLimit)
	v.duration(path+".poll_interval", o.PollInterval, time.Hour)
	v.duration(path+".sweep_interval", o.SweepInterval, 24*time.Hour)
	if o.WebhookURL != "" {
		v.url(path+".webhook_url", o.WebhookURL)
	}
}

func (v *validator) spaceInvoices(path string, s *SpaceInvoices) {
	if s.API == "v1" {
		v.reserved(path+".api", s.API, "use eu")
	}
	v.oneOf(path+".api", s.API, "eu")
	v.url(path+".api_url", s.APIURL)
	v.credential(path, "api_key", !s.APIKey.IsZero())
	v.perMinute(path+".requests_per_minute", s.RequestsPerMinute, s.APIURL, spaceInvoicesHost, SpaceInvoicesLimit)
	if key := s.APIKey.Reveal(); s.RequestsPerMinute > SpaceInvoicesSandboxLimit && meansHost(s.APIURL, spaceInvoicesHost) &&
		(strings.HasPrefix(key, "sk_sandbox_") || strings.HasPrefix(key, "ek_sandbox_")) {
		v.add(path+".requests_per_minute", strconv.Itoa(s.RequestsPerMinute), "is more than a sandbox key may send",
			"write "+strconv.Itoa(SpaceInvoicesSandboxLimit)+" or less")
	}
	v.duration(path+".settle_window", s.SettleWindow, 24*time.Hour)
	v.id(path+".entity_id", s.EntityID, "write the entity's id, such as ent_1a2b3c")
	v.id(path+".order_integration_id", s.OrderIntegrationID, "run `spacebridge init`, which finds or creates it")
	if s.OrganizationID != "" {
		v.reserved(path+".organization_id", s.OrganizationID, `use "": it belongs to api v1`)
	}
	if s.WoocommerceID != "" {
		v.reserved(path+".woocommerce_id", s.WoocommerceID, `use "": it belongs to api v1`)
	}
}

// credential checks that one is given; its twin has been read before.
func (v *validator) credential(path, key string, given bool) {
	if !given && v.credentials {
		v.add(path+"."+key, "", "is missing", "write a reference such as ${NAME}, or use "+key+"_file")
	}
}

func (v *validator) policy(path string, p *Policy) {
	v.oneOf(path+".issue_from", p.IssueFrom, FromOrder, FromInvoice)
	v.trigger(path+".issue_on", p)
	v.oneOf(path+".on_edit", p.OnEdit, "hold", "reissue")
	v.preorder(path+".preorder", p)
	v.currencies(path+".currencies", p.Currencies)
	v.duration(path+".max_snapshot_age", p.MaxSnapshotAge, 24*time.Hour)
	if v.required(path+".time_zone", p.TimeZone, "write the site's time zone, such as Europe/London") {
		if _, err := time.LoadLocation(p.TimeZone); err != nil || p.TimeZone == "Local" {
			v.add(path+".time_zone", p.TimeZone, "is not a time zone", "use an IANA name such as Europe/London")
		}
	}
	v.taxes(path+".taxes", p.Taxes)
}

func (v *validator) taxes(path string, rows []Tax) {
	seen := map[string]int{}
	for i, row := range rows {
		at := fmt.Sprintf("%s[%d]", path, i)
		if row.Rate == "" {
			v.add(at+".rate", "", "is missing", "write the percent the books shall use, such as 22.0")
		}
		if row.Orderspace == (TaxMatch{}) {
			v.add(at+".orderspace", "", "is missing", `write an id (tr_…), a name ("Standard") or a percentage (20.0)`)
			continue
		}
		if first, twice := seen[row.Orderspace.key()]; twice {
			v.add(at+".orderspace", row.Orderspace.String(), fmt.Sprintf("is matched by %s[%d] too", path, first), "keep one of the rows")
			continue
		}
		seen[row.Orderspace.key()] = i
	}
}

// distinct keeps connections apart. Two that read the same site would invoice every sale twice (invariant 1).
func (v *validator) distinct(connections []Connection) {
	names, sites, integrations, webhooks := map[string]int{}, map[[2]string]int{}, map[[2]string]int{}, map[string]int{}
	for i, c := range connections {
		path := fmt.Sprintf("connections[%d]", i)
		if first, taken := claim(names, c.Name, i); taken && c.Name != "" {
			v.add(path+".name", c.Name, fmt.Sprintf("is the name of connections[%d] too", first), "give each connection its own name")
		}
		site := [2]string{c.Orderspace.APIURL, c.Orderspace.ClientID}
		if first, taken := claim(sites, site, i); taken && c.Orderspace.ClientID != "" {
			v.add(path+".orderspace.client_id", "", fmt.Sprintf("is that of connections[%d] too: every sale would be invoiced twice", first),
				"keep one connection for each Orderspace site")
		}
		if first, taken := claim(webhooks, c.Orderspace.WebhookURL, i); taken && c.Orderspace.WebhookURL != "" {
			v.add(path+".orderspace.webhook_url", c.Orderspace.WebhookURL, fmt.Sprintf("is that of connections[%d] too", first),
				"give each connection its own, such as https://example.com/webhooks/orderspace/"+c.Name)
		}
		integration := [2]string{c.SpaceInvoices.APIURL, c.SpaceInvoices.OrderIntegrationID}
		if first, taken := claim(integrations, integration, i); taken && c.SpaceInvoices.OrderIntegrationID != "" {
			v.add(path+".space_invoices.order_integration_id", c.SpaceInvoices.OrderIntegrationID,
				fmt.Sprintf("is that of connections[%d] too", first), "give each connection its own; `spacebridge init` creates one")
		}
	}
}

// claim remembers who used a key first.
func claim[K comparable](users map[K]int, key K, user int) (first int, taken bool) {
	if first, taken = users[key]; !taken {
		users[key] = user
	}
	return first, taken
}
