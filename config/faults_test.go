package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFaults shows each fault as its reader sees it.
func TestFaults(t *testing.T) {
	connection := func(rest string) string { return minimal + rest }
	cases := []struct{ name, text, want string }{
		{"no YAML", "a: [", "mend the YAML"},
		{"second document", minimal + "---\na: 1\n", "a second YAML document begins"},
		{"empty", "", "connections: is empty; add one connection"},
		{"scalar for file", "hello", "is a single value, not a section"},
		{"unknown key", "log: {levle: info}\n" + minimal, `log.levle: is not a known key; did you mean "level"?`},
		{"key of another section", connection("    issue_on: paid\n"), "connections[0].issue_on: is not a known key; it belongs at connections[].policy.issue_on"},
		{"far from any key", "log: {colour: red}\n" + minimal, "known here: format, level"},
		{"merge key", "log: &l {level: info}\nhttp: {<<: *l}\n" + minimal, "merge keys are not supported"},
		{"twice", "data_dir: a\ndata_dir: b\n" + minimal, "data_dir: is given twice"},
		{"list for value", "data_dir: [a]\n" + minimal, "data_dir: is a list, not a single value"},
		{"value for list", "connections: acme\n", "connections: is a single value, not a list"},
		{"value for section", "log: info\n" + minimal, "log: is a single value, not a section"},
		{"level", "log: {level: inof}\n" + minimal, `log.level: "inof" is not known; use one of debug, info, warn, error (did you mean "info"?)`},
		{"listen", "http: {admin_listen: \"9090\"}\n" + minimal, `http.admin_listen: "9090" is not host:port; write it as 127.0.0.1:9090`},
		{"big port", "http: {admin_listen: \"127.0.0.1:99999\"}\n" + minimal, "is not host:port"},
		{"same port", "http: {admin_listen: \"127.0.0.1:8233\"}\n" + minimal, `temporal.ui_listen: "127.0.0.1:8233" is the address of http.admin_listen too`},
		{"open temporal", "temporal: {listen: \"0.0.0.0:7233\"}\n" + minimal, "is reachable from other machines"},
		{"open ui", "temporal: {ui_listen: \":8233\"}\n" + minimal, "is reachable from other machines"},
		{"no namespace", "temporal: {namespace: \"\"}\n" + minimal, "temporal.namespace: is missing"},
		{"no name", "connections: [{since: 2026-01-01}]", "connections[0].name: is missing"},
		{"unsafe name", "connections: [{name: Acme/UK}]", `connections[0].name: "Acme/UK" cannot be part of keys`},
		{"no since", "connections: [{name: a}]", "connections[0].since: is missing"},
		{"since", "connections: [{name: a, since: 01.02.2026}]", `connections[0].since: "01.02.2026" is not a day; write it as 2026-01-01`},
		{"impossible day", "connections: [{name: a, since: 2026-02-30}]", "is not a day"},
		{"http", "connections: [{orderspace: {api_url: \"http://api.orderspace.com/v1\"}}]", "would send credentials unencrypted; use https"},
		{"no url", "connections: [{orderspace: {token_url: identity.orderspace.com}}]", "token_url: is not a web address"},
		{"user in url", "connections: [{orderspace: {api_url: \"https://me:pw@api.orderspace.com\"}}]", "api_url: has a user name in it"},
		{"no credentials", "connections: [{name: a}]", "client_secret: is missing; write a reference such as ${NAME}, or use client_secret_file"},
		{"zero requests", "connections: [{orderspace: {requests_per_minute: 0}}]", `requests_per_minute: "0" is not a number of requests`},
		{"too many requests", "connections: [{orderspace: {requests_per_minute: 61}}]", `"61" is more than api.orderspace.com allows; write 60 or less`},
		{"too many, address faulty", "connections: [{orderspace: {api_url: \"http://api.orderspace.com/v1\", requests_per_minute: 61}}]", `"61" is more than api.orderspace.com allows`},
		{"too many, no scheme", "connections: [{orderspace: {api_url: api.orderspace.com/v1, requests_per_minute: 61}}]", `"61" is more than api.orderspace.com allows`},
		{"too many, no address", "connections: [{space_invoices: {api_url: \"\", requests_per_minute: 601}}]", `"601" is more than eu.spaceinvoices.com allows`},
		{"too many, variable unset", "connections: [{space_invoices: {api_url: \"${NO_SUCH}\", requests_per_minute: 601}}]", `"601" is more than eu.spaceinvoices.com allows`},
		{"too many, other letters", "connections: [{space_invoices: {api_url: \"https://EU.SpaceInvoices.com./\", requests_per_minute: 601}}]", `"601" is more than eu.spaceinvoices.com allows`},
		{"sandbox key, address faulty", "connections: [{space_invoices: {api_url: \"https://eu.spaceinvoices.com?a=1\", api_key: ek_sandbox_x}}]", "is more than a sandbox key may send"},
		{"sandbox key", "connections: [{space_invoices: {api_key: sk_sandbox_x}}]", "is more than a sandbox key may send; write 60 or less"},
		{"requests", "connections: [{orderspace: {requests_per_minute: many}}]", "is not a whole number"},
		{"webhook unencrypted", "connections: [{orderspace: {webhook_url: \"http://example.com/hook\"}}]", `webhook_url: "http://example.com/hook" would send credentials unencrypted; use https`},
		{"webhook without a host", "connections: [{orderspace: {webhook_url: /webhooks/orderspace/acme}}]", `webhook_url: is not a web address`},
		{"webhook shared", "connections: [{name: a, orderspace: {webhook_url: \"https://example.com/hook\"}}, {name: b, orderspace: {webhook_url: \"https://example.com/hook\"}}]", `webhook_url: "https://example.com/hook" is that of connections[0] too; give each connection its own, such as https://example.com/webhooks/orderspace/b`},
		{"webhook body", "http: {webhook_max_body: 1KiB}\n" + minimal, `http.webhook_max_body: "1KiB" is out of range; write a size from 256KiB to 256MiB`},
		{"size without a unit", "disk_reserve: 200\n" + minimal, `disk_reserve: "200" is not a size; write a number and a unit, such as 200MiB or 1GiB`},
		{"size of no kind", "disk_reserve: 200 MB\n" + minimal, `disk_reserve: "200 MB" is not a size`},
		{"size too large to count", "disk_reserve: 999999999TiB\n" + minimal, "is not a size"},
		{"no reserve", "disk_reserve: 0B\n" + minimal, `disk_reserve: "0B" is out of range; write a size from 16MiB to 1TiB`},
		{"reserve of a warehouse", "disk_reserve: 2TiB\n" + minimal, `disk_reserve: "2TiB" is out of range`},
		{"duration", "connections: [{orderspace: {poll_interval: 60}}]", `"60" is not a duration; write a number and a unit`},
		{"zero settle", "connections: [{space_invoices: {settle_window: 0s}}]", `settle_window: "0s" is out of range; write a duration from 1s to 24h`},
		{"snapshot age", "connections: [{policy: {max_snapshot_age: -1m}}]", "max_snapshot_age: \"-1m0s\" is out of range"},
		{"v1", "connections: [{space_invoices: {api: v1}}]", `api: "v1" is not available in this version; use eu`},
		{"v1 keys", "connections: [{space_invoices: {organization_id: x}}]", `organization_id: "x" is not available in this version`},
		{"api", "connections: [{space_invoices: {api: us}}]", `api: "us" is not known; use one of eu`},
		{"placeholder", "connections: [{space_invoices: {entity_id: ent_...}}]", `entity_id: "ent_..." is not an id`},
		{"no integration", "connections: [{name: a}]", "order_integration_id: is missing; run `spacebridge init`"},
		{"issue from", "connections: [{policy: {issue_from: invoices}}]", `issue_from: "invoices" is not known; use one of order, invoice (did you mean "invoice"?)`},
		{"issue on of orders", "connections: [{policy: {issue_from: invoice, issue_on: invoiced}}]", `issue_on: "invoiced" says nothing about an Orderspace invoice, of which sales are made by issue_from: invoice; use one of created, dispatched, paid, manual; created issues as soon as the Orderspace invoice is there`},
		{"issue on of nothing", "connections: [{policy: {issue_from: invoice, issue_on: payed}}]", `issue_on: "payed" is not known; use one of created, dispatched, paid, manual (did you mean "paid"?)`},
		{"issue on left empty", "connections: [{policy: {issue_on: }}]", `issue_on: is not known; use one of created, released, dispatched, invoiced, paid, manual`},
		{"issue on", "connections: [{policy: {issue_on: invoicd}}]", `(did you mean "invoiced"?)`},
		{"reissue", "connections: [{policy: {on_edit: re-issue}}]", `on_edit: "re-issue" is not known; use one of hold, reissue (did you mean "reissue"?)`},
		{"preorder", "connections: [{policy: {preorder: wait}}]", `preorder: "wait" is not known; use one of hold, split`},
		{"split orders", "connections: [{policy: {preorder: split}}]", `preorder: "split" needs issue_from: invoice: with one sale per order, goods that are released later would never be invoiced; set issue_from: invoice, or use hold`},
		{"currency of two decimals", "connections: [{policy: {currencies: [JPY, EUR]}}]", `currencies[1]: "EUR" has two decimals and needs no permission; leave it out`},
		{"currency in lower case", "connections: [{policy: {currencies: [kwd]}}]", `currencies[0]: "kwd" is not written as ISO 4217 has it; write KWD`},
		{"no currency", "connections: [{policy: {currencies: [yen]}}]", `currencies[0]: "yen" is not a currency of ISO 4217; write its three letters, such as JPY`},
		{"empty currency", "connections: [{policy: {currencies: [\"\"]}}]", `currencies[0]: is not a currency of ISO 4217`},
		{"currency twice", "connections: [{policy: {currencies: [JPY, KWD, JPY]}}]", `currencies[2]: "JPY" is connections[0].policy.currencies[0] too; keep one of them`},
		{"one currency", "connections: [{policy: {currencies: JPY}}]", `currencies: is a single value, not a list; start each item with "- "`},
		{"tax names in other letters", "connections: [{policy: {taxes: [{orderspace: Standard, rate: 20}, {orderspace: \"standard \", rate: 22}]}}]", `taxes[1].orderspace: "standard " is matched by connections[0].policy.taxes[0] too`},
		{"zone", "connections: [{policy: {time_zone: London}}]", `time_zone: "London" is not a time zone; use an IANA name`},
		{"strict", "connections: [{policy: {strict_taxes: \"yes\"}}]", `strict_taxes: "yes" is neither true nor false`},
		{"tax without rate", "connections: [{policy: {taxes: [{orderspace: Standard}]}}]", "taxes[0].rate: is missing"},
		{"tax without match", "connections: [{policy: {taxes: [{rate: 20}]}}]", "taxes[0].orderspace: is missing"},
		{"tax over 100", "connections: [{policy: {taxes: [{orderspace: 20, rate: 120}]}}]", `taxes[0].rate: "120" is not a percentage`},
		{"tax twice", "connections: [{policy: {taxes: [{orderspace: 20, rate: 20}, {orderspace: 20.0, rate: 22}]}}]", `taxes[1].orderspace: "20.0" is matched by connections[0].policy.taxes[0] too`},
		{"unset variable", "data_dir: ${NO_SUCH}\n" + minimal, "data_dir: needs the environment variable NO_SUCH, which is not set; export NO_SUCH"},
		{"same name", "connections: [{name: a}, {name: a}]", `connections[1].name: "a" is the name of connections[0] too`},
		{"same site", "connections: [{name: a, orderspace: {client_id: x}}, {name: b, orderspace: {client_id: x}}]", "every sale would be invoiced twice"},
		{
			"same integration", "connections: [{name: a, space_invoices: {order_integration_id: x}}, {name: b, space_invoices: {order_integration_id: x}}]",
			`connections[1].space_invoices.order_integration_id: "x" is that of connections[0] too`,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := load(t, c.text)
			var faults Faults
			require.ErrorAs(t, err, &faults)
			require.Contains(t, faults.Error(), c.want)
		})
	}
}

// TestEveryFaultAtOnce checks that one run of the loader is enough to mend a file, with its lines.
func TestEveryFaultAtOnce(t *testing.T) {
	_, err := load(t, `log: {levle: info}
connections:
  - name: acme
    orderspace: {client_id: x, client_secret: hunter2}
    space_invoices:
      api: v1
      api_key: hunter2
    policy:
      issue_on: invoicd
`)
	require.EqualError(t, err, `/etc/bridge/spacebridge.yaml:1: log.levle: is not a known key; did you mean "level"?
/etc/bridge/spacebridge.yaml:3: connections[0].since: is missing; write the first day whose orders shall be invoiced, such as 2026-01-01
/etc/bridge/spacebridge.yaml:5: connections[0].space_invoices.entity_id: is missing; write the entity's id, such as ent_1a2b3c
/etc/bridge/spacebridge.yaml:5: connections[0].space_invoices.order_integration_id: is missing; run `+"`spacebridge init`"+`, which finds or creates it
/etc/bridge/spacebridge.yaml:6: connections[0].space_invoices.api: "v1" is not available in this version; use eu
/etc/bridge/spacebridge.yaml:9: connections[0].policy.issue_on: "invoicd" is not known; use one of created, released, dispatched, invoiced, paid, manual (did you mean "invoiced"?)`)
}

// TestFaultsHideSecrets gives a secret the wrong shape.
func TestFaultsHideSecrets(t *testing.T) {
	_, err := load(t, "connections: [{orderspace: {client_secret: [hunter2]}, space_invoices: {api_key: {hunter2: hunter2}}}]")
	require.Error(t, err)
	require.NotContains(t, err.Error(), "hunter2")
}

func TestValidateBuiltInCode(t *testing.T) {
	c, err := load(t, minimal)
	require.NoError(t, err)
	require.NoError(t, c.Validate())
	c.Connections[0].Policy.IssueOn = "never"
	require.EqualError(t, c.Validate(), `connections[0].policy.issue_on: "never" is not known; use one of created, released, dispatched, invoiced, paid, manual`)
}

// TestOwnServerHasNoVendorLimit keeps the limits of the public APIs away from a sandbox, even one whose address is faulty.
func TestOwnServerHasNoVendorLimit(t *testing.T) {
	for _, address := range []string{"http://127.0.0.1:8101/v1", "127.0.0.1:8101", "http://127.0.0.1:8101/v1?a=1"} {
		_, err := load(t, "connections: [{orderspace: {api_url: \""+address+"\", requests_per_minute: 6000}}]")
		require.Error(t, err)
		require.NotContains(t, err.Error(), "requests_per_minute")
	}
}
