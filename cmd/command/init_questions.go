package command

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"spacebridge/config"
)

// Where the answers stand in the configuration.
const (
	pathName     = "connections[0].name"
	pathSince    = "connections[0].since"
	pathEntity   = "connections[0].space_invoices.entity_id"
	pathTimeZone = "connections[0].policy.time_zone"
)

// questions fills in what neither flags nor the environment told. What was told is looked at before anything is asked.
func (s *setup) questions() error {
	given := slices.DeleteFunc(s.faults(), func(f config.Fault) bool { return f.Problem == "is missing" })
	if len(given) > 0 {
		return usage(given)
	}
	o, i, p := &s.connection.Orderspace, &s.connection.SpaceInvoices, &s.connection.Policy
	if err := s.question(&s.connection.Name, pathName, "Name of the connection (a-z, 0-9, -)", "acme"); err != nil {
		return err
	}
	if err := s.question(&s.since, pathSince, "First day whose orders shall be invoiced", s.app.now().Format(time.DateOnly)); err != nil {
		return err
	}
	id, err := s.credential("client_id", o.ClientID, o.ClientIDFile, envClientID, func() (string, error) { return s.ask.ask("Orderspace client id", "") })
	if err != nil {
		return err
	}
	secret, err := s.credential("client_secret", "", o.ClientSecretFile, envClientSecret, func() (string, error) { return s.ask.askSecret("Orderspace client secret") })
	if err != nil {
		return err
	}
	key, err := s.credential("api_key", "", i.APIKeyFile, envAPIKey, func() (string, error) { return s.ask.askSecret("Space Invoices API key") })
	if err != nil {
		return err
	}
	o.ClientID, o.ClientSecret, i.APIKey = id, config.NewSecret(secret), config.NewSecret(key)
	if strings.Contains(key, "_sandbox_") {
		i.RequestsPerMinute = config.SpaceInvoicesSandboxLimit
	}
	if err := s.question(&i.EntityID, pathEntity, "Space Invoices entity (ent_…)", ""); err != nil {
		return err
	}
	if err := s.zone(&p.TimeZone); err != nil {
		return err
	}
	return s.option(&s.integration, "", "Name of the order integration in Space Invoices", "Spacebridge "+s.connection.Name)
}

// question asks for what is not known yet, and looks at the answer at once: a person may try again, a script may not.
func (s *setup) question(value *string, path, text, fallback string) error {
	for *value == "" {
		answer, err := s.ask.ask(text, fallback)
		if err != nil {
			return err
		}
		s.asked = true
		*value = answer
		err = s.fault(path)
		if err == nil {
			break
		}
		if !s.ask.interactive {
			return usage(fmt.Errorf("%s: %w", text, err))
		}
		*value = ""
		fmt.Fprintf(s.ask.out, "%s\n", sentence(err))
	}
	return nil
}

// option asks for what has a default that fits most: only in a conversation that goes on anyway.
func (s *setup) option(value *string, path, text, fallback string) error {
	if *value == "" && !s.chatting() {
		*value = fallback
	}
	return s.question(value, path, text, fallback)
}

// zone asks for the time zone, or says which one was taken.
func (s *setup) zone(value *string) error {
	if s.zoneGiven {
		return nil
	}
	fallback := *value
	*value = ""
	if !s.chatting() {
		s.notes = append(s.notes, "Plain dates are taken to be those of "+fallback+": change policy.time_zone if the Orderspace site is elsewhere.")
	}
	return s.option(value, pathTimeZone, "Time zone of the Orderspace site", fallback)
}

// chatting reports whether a person is being asked questions.
func (s *setup) chatting() bool { return s.ask.interactive && s.asked }

// faults is everything that is wrong with, or missing from, what is known so far; the first day is taken over on the way.
// The integration is not known yet.
func (s *setup) faults() config.Faults {
	connection := s.connection
	connection.SpaceInvoices.OrderIntegrationID = "not_known_yet"
	var out config.Faults
	if s.since != "" {
		since, err := config.ParseDate(s.since)
		if err != nil {
			out = append(out, config.Fault{Path: pathSince, Problem: err.Error()})
		}
		s.connection.Since, connection.Since = since, since
	}
	c := config.Default()
	c.DataDir = s.dataDir
	c.Connections = []config.Connection{connection}
	more, _ := errors.AsType[config.Faults](c.Validate())
	for _, f := range more {
		if f.Path != pathSince || len(out) == 0 {
			out = append(out, f)
		}
	}
	return out
}

// fault is what is wrong with one answer, nil when nothing is.
func (s *setup) fault(path string) error {
	for _, f := range s.faults() {
		if f.Path == path {
			f.Path = "" // whoever answers has not seen the file yet
			return errors.New(f.String())
		}
	}
	return nil
}
