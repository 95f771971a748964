// Package config holds the settings of Spacebridge: the file's shape with a comment per field, the defaults in one place,
// strict loading, and a validation that names every fault at once with its path and its remedy.
package config

import (
	"path/filepath"
	"time"
)

// Config is everything the daemon and the commands are told.
type Config struct {
	// DataDir holds ledger.db, temporal.db and backups/. A relative path starts at the folder of the configuration file,
	// so that every command finds the same ledger wherever it is run.
	DataDir string `yaml:"data_dir"`
	// DiskReserve is the free space on the disk of DataDir below which nothing is written to the books, such as 200MiB.
	DiskReserve Size `yaml:"disk_reserve"`
	// Log says how much is logged on standard error, and how.
	Log Log `yaml:"log"`
	// HTTP holds the addresses the daemon listens on.
	HTTP HTTP `yaml:"http"`
	// Temporal says where workflows are kept.
	Temporal Temporal `yaml:"temporal"`
	// Connections join Orderspace sites to the books; one daemon runs them all.
	Connections []Connection `yaml:"connections"`
}

// Log says how much is logged on standard error, and how.
type Log struct {
	// Level is debug, info, warn or error.
	Level string `yaml:"level"`
	// Format is json or text.
	Format string `yaml:"format"`
}

// HTTP holds the addresses the daemon listens on.
type HTTP struct {
	// WebhookListen is host:port of the webhook receiver, POST /webhooks/orderspace/<connection>. It is only opened when a
	// connection has a webhook_url.
	WebhookListen string `yaml:"webhook_listen"`
	// WebhookMaxBody is the largest webhook request that is taken, such as 16MiB. Orderspace sends up to 50 whole records.
	WebhookMaxBody Size `yaml:"webhook_max_body"`
	// AdminListen is host:port of /metrics, /healthz and /readyz.
	AdminListen string `yaml:"admin_listen"`
}

// Temporal says where workflows are kept.
type Temporal struct {
	// Address is host:port of an existing Temporal frontend. Empty: the daemon runs its own server in the same process.
	Address string `yaml:"address"`
	// Namespace is the Temporal namespace.
	Namespace string `yaml:"namespace"`
	// TaskQueue is the queue the daemon's worker polls.
	TaskQueue string `yaml:"task_queue"`
	// Listen is host:port of the embedded server; loopback only.
	Listen string `yaml:"listen"`
	// UIListen is host:port of the embedded server's web UI; loopback only, empty for none.
	UIListen string `yaml:"ui_listen"`
}

// Connection is one Orderspace site joined to one Space Invoices entity.
type Connection struct {
	// Name is part of every key of the ledger and of every workflow id: choose it once and keep it.
	Name string `yaml:"name"`
	// Since is the first day, in the policy's time zone, whose records are touched. Nothing older ever is.
	Since Date `yaml:"since"`
	// Orderspace is where the sales come from.
	Orderspace Orderspace `yaml:"orderspace"`
	// SpaceInvoices is where the invoices go.
	SpaceInvoices SpaceInvoices `yaml:"space_invoices"`
	// Policy says what becomes an invoice, and when.
	Policy Policy `yaml:"policy"`
}

// Orderspace is how one Orderspace site is read.
type Orderspace struct {
	// APIURL is the base of the REST API, without a trailing slash.
	APIURL string `yaml:"api_url"`
	// TokenURL is the OAuth 2 token endpoint.
	TokenURL string `yaml:"token_url"`
	// ClientID is the client id of the site's private integration.
	ClientID string `yaml:"client_id" load:"credential"`
	// ClientIDFile names a file that holds the client id, instead of ClientID.
	ClientIDFile string `yaml:"client_id_file"`
	// ClientSecret is the client secret of the site's private integration.
	ClientSecret Secret `yaml:"client_secret" load:"credential"`
	// ClientSecretFile names a file that holds the client secret, instead of ClientSecret.
	ClientSecretFile string `yaml:"client_secret_file"`
	// RequestsPerMinute is the most that is sent in any 60 seconds, token requests included. Orderspace allows 60.
	RequestsPerMinute int `yaml:"requests_per_minute"`
	// WebhookURL is the public https URL that leads to this connection's path at http.webhook_listen. Empty: no webhooks, the
	// site is only polled and swept, and what was subscribed for this connection before is removed.
	WebhookURL string `yaml:"webhook_url"`
	// PollInterval is how often new orders, invoices and dispatches are looked for.
	PollInterval time.Duration `yaml:"poll_interval"`
	// SweepInterval is how often everything that may have changed is read again; it bounds how late a change can be noticed.
	SweepInterval time.Duration `yaml:"sweep_interval"`
}

// SpaceInvoices is how the books of one entity are kept.
type SpaceInvoices struct {
	// API is the generation of the API: eu, or v1 (reserved, not available in this version).
	API string `yaml:"api"`
	// APIURL is the base of the API, without a trailing slash.
	APIURL string `yaml:"api_url"`
	// APIKey is an account key (sk_…) or an entity key (ek_…).
	APIKey Secret `yaml:"api_key" load:"credential"`
	// APIKeyFile names a file that holds the key, instead of APIKey.
	APIKeyFile string `yaml:"api_key_file"`
	// RequestsPerMinute is the most that is sent in any 60 seconds. Space Invoices allows 600 live and 60 in its sandbox, per IP.
	RequestsPerMinute int `yaml:"requests_per_minute"`
	// SettleWindow is how long a step that cannot be undone is looked for after its reply was lost, before it may be sent again.
	SettleWindow time.Duration `yaml:"settle_window"`
	// EntityID is the entity whose books are written (ent_…).
	EntityID string `yaml:"entity_id"`
	// OrderIntegrationID is the order integration that carries this connection's orders (oint_…); `spacebridge init` creates it.
	OrderIntegrationID string `yaml:"order_integration_id"`
	// OrganizationID belongs to v1. Reserved: must be empty in this version.
	OrganizationID string `yaml:"organization_id"`
	// WoocommerceID belongs to v1. Reserved: must be empty in this version.
	WoocommerceID string `yaml:"woocommerce_id"`
}

// Policy says what becomes an invoice, and when.
type Policy struct {
	// IssueFrom is what a sale is made of: order (one sale per Orderspace order) or invoice (one sale per Orderspace invoice,
	// where orders are invoiced in parts or together). It cannot be changed once a sale of the connection is in the books.
	IssueFrom string `yaml:"issue_from"`
	// IssueOn is what must have happened before the invoice is issued, one of Triggers(IssueFrom). Where the file does not say,
	// it is DefaultTrigger(IssueFrom).
	IssueOn string `yaml:"issue_on"`
	// OnEdit is what happens when money or the buyer's identity change after the invoice: hold, or reissue (the invoice is
	// credited and another issued, when its lines changed).
	OnEdit string `yaml:"on_edit"`
	// Preorder is what goods on hold do: hold (nothing of the order is issued before all are released), or split (they are
	// left to a later invoice, with IssueFrom invoice only).
	Preorder string `yaml:"preorder"`
	// Currencies names the currencies without two decimals that may be sold in, by ISO 4217 code, such as JPY. Sales in others
	// of that kind are held, since Space Invoices keeps amounts with two decimals.
	Currencies []string `yaml:"currencies"`
	// StrictTaxes holds every sale with a tax rate that Taxes does not cover. Otherwise such rates are carried over by percent.
	StrictTaxes bool `yaml:"strict_taxes"`
	// Taxes translates Orderspace tax rates into the percent that the books shall use.
	Taxes []Tax `yaml:"taxes"`
	// MaxSnapshotAge is how old a read of the records may be when an invoice is issued from it.
	MaxSnapshotAge time.Duration `yaml:"max_snapshot_age"`
	// TimeZone is the site's time zone (IANA name), for plain dates.
	TimeZone string `yaml:"time_zone"`
}

// Tax is one row of the tax table.
type Tax struct {
	// Orderspace names the site's tax rate: by id, by name or by percent.
	Orderspace TaxMatch `yaml:"orderspace"`
	// Rate is the percent the books shall use, as written: "22.0".
	Rate Percent `yaml:"rate"`
}

// LedgerPath is the file of the ledger.
func (c *Config) LedgerPath() string { return filepath.Join(c.DataDir, "ledger.db") }

// TemporalPath is the file of the embedded Temporal server.
func (c *Config) TemporalPath() string { return filepath.Join(c.DataDir, "temporal.db") }

// BackupDir is the folder of the ledger's backups.
func (c *Config) BackupDir() string { return filepath.Join(c.DataDir, "backups") }

// Embedded reports whether the daemon shall run its own Temporal server.
func (c *Config) Embedded() bool { return c.Temporal.Address == "" }

// TemporalAddress is where clients find Temporal: the configured cluster, or the embedded server's own address.
func (c *Config) TemporalAddress() string {
	if c.Embedded() {
		return c.Temporal.Listen
	}
	return c.Temporal.Address
}

// Connection finds a connection by name.
func (c *Config) Connection(name string) (Connection, bool) {
	for _, connection := range c.Connections {
		if connection.Name == name {
			return connection, true
		}
	}
	return Connection{}, false
}

// Names lists the connections in the order of the file.
func (c *Config) Names() []string {
	names := make([]string, 0, len(c.Connections))
	for _, connection := range c.Connections {
		names = append(names, connection.Name)
	}
	return names
}
