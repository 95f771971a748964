package config

import "time"

// Addresses of the vendors' public APIs.
const (
	OrderspaceAPIURL    = "https://api.orderspace.com/v1"
	OrderspaceTokenURL  = "https://identity.orderspace.com/oauth/token" //nolint:gosec // an endpoint, not a credential
	SpaceInvoicesAPIURL = "https://eu.spaceinvoices.com"
)

// Most requests a minute that the vendors' public APIs allow.
const (
	OrderspaceLimit           = 60
	SpaceInvoicesLimit        = 600
	SpaceInvoicesSandboxLimit = 60
)

// Hosts of the vendors' public APIs, where their limits hold.
const (
	orderspaceHost    = "api.orderspace.com"
	spaceInvoicesHost = "eu.spaceinvoices.com"
)

// Default is the configuration of an empty file: everything that can be left out, and no connection.
func Default() *Config {
	return &Config{
		DataDir:     "./data",
		DiskReserve: 200 << 20,
		Log:         Log{Level: "info", Format: "json"},
		HTTP:        HTTP{WebhookListen: "127.0.0.1:8080", WebhookMaxBody: 16 << 20, AdminListen: "127.0.0.1:9090"},
		Temporal: Temporal{
			Namespace: "default",
			TaskQueue: "spacebridge",
			Listen:    "127.0.0.1:7233",
			UIListen:  "127.0.0.1:8233",
		},
	}
}

// DefaultConnection is a connection with everything set that can be left out.
func DefaultConnection() Connection {
	return Connection{
		Orderspace: Orderspace{
			APIURL:            OrderspaceAPIURL,
			TokenURL:          OrderspaceTokenURL,
			RequestsPerMinute: OrderspaceLimit,
			PollInterval:      time.Minute,
			SweepInterval:     15 * time.Minute,
		},
		SpaceInvoices: SpaceInvoices{
			API:               "eu",
			APIURL:            SpaceInvoicesAPIURL,
			RequestsPerMinute: SpaceInvoicesLimit,
			SettleWindow:      15 * time.Minute,
		},
		Policy: Policy{
			IssueFrom:      FromOrder,
			IssueOn:        DefaultTrigger(FromOrder),
			OnEdit:         "hold",
			Preorder:       "hold",
			MaxSnapshotAge: 15 * time.Minute,
			TimeZone:       "Europe/London",
		},
	}
}
