package config

import (
	"fmt"
	"net"
	"slices"
)

// validator collects what is wrong with values that could be read.
type validator struct {
	credentials bool
	known       Faults // from decoding: what is known to be wrong is not said twice
	faults      Faults
}

// Validate checks a configuration that was built in code; Load does it for files.
func (c *Config) Validate() error {
	v := &validator{credentials: true}
	v.config(c)
	return v.faults.err()
}

func (v *validator) add(path, value, problem, remedy string) {
	same := func(f Fault) bool { return f.Path == path }
	if slices.ContainsFunc(v.known, same) || slices.ContainsFunc(v.faults, same) {
		return
	}
	v.faults = append(v.faults, Fault{Path: path, Value: value, Problem: problem, Remedy: remedy})
}

func (v *validator) config(c *Config) {
	v.required("data_dir", c.DataDir, "name a folder that the daemon may write to")
	v.size("disk_reserve", c.DiskReserve, minReserve, maxReserve)
	v.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	v.oneOf("log.format", c.Log.Format, "json", "text")
	v.listen("http.webhook_listen", c.HTTP.WebhookListen)
	v.size("http.webhook_max_body", c.HTTP.WebhookMaxBody, minWebhookBody, maxWebhookBody)
	v.listen("http.admin_listen", c.HTTP.AdminListen)
	v.temporal(c.Temporal)
	v.ports(c)
	if len(c.Connections) == 0 {
		v.add("connections", "", "is empty", "add one connection; `spacebridge init` writes it for you")
	}
	for i := range c.Connections {
		v.connection(fmt.Sprintf("connections[%d]", i), &c.Connections[i])
	}
	v.distinct(c.Connections)
}

func (v *validator) temporal(t Temporal) {
	v.required("temporal.namespace", t.Namespace, "write default unless your cluster has another")
	v.required("temporal.task_queue", t.TaskQueue, "write spacebridge unless two daemons share a namespace")
	if t.Address != "" {
		v.listen("temporal.address", t.Address)
		return
	}
	// The embedded server has no authentication: whoever reaches it can issue invoices.
	v.loopback("temporal.listen", t.Listen)
	if t.UIListen != "" {
		v.loopback("temporal.ui_listen", t.UIListen)
	}
}

// ports finds two listeners on one address.
func (v *validator) ports(c *Config) {
	taken := map[string]string{}
	claim := func(path, address string) {
		_, port, err := net.SplitHostPort(address)
		if err != nil || port == "0" {
			return
		}
		if other, ok := taken[address]; ok {
			v.add(path, address, "is the address of "+other+" too", "give each its own port")
			return
		}
		taken[address] = path
	}
	claim("http.webhook_listen", c.HTTP.WebhookListen)
	claim("http.admin_listen", c.HTTP.AdminListen)
	if c.Embedded() {
		claim("temporal.listen", c.Temporal.Listen)
		claim("temporal.ui_listen", c.Temporal.UIListen)
	}
}
