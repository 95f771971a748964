package command

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"spacebridge/config"
	"spacebridge/connectors/rest"
)

// Names of the environment variables that hold credentials.
const (
	envClientID     = "ORDERSPACE_CLIENT_ID"
	envClientSecret = "ORDERSPACE_CLIENT_SECRET"
	envAPIKey       = "SPACE_INVOICES_API_KEY"
)

// credential takes one from its flag, its file, the environment, or an answer.
func (s *setup) credential(key, given, file, variable string, ask func() (string, error)) (string, error) {
	switch {
	case given != "":
		return given, nil
	case file != "":
		text, err := os.ReadFile(filepath.Clean(file))
		if err != nil {
			return "", usage(fmt.Errorf("read %s: %w", key, err))
		}
		s.fromFile[key] = file
		return strings.TrimSpace(string(text)), nil
	}
	if value := os.Getenv(variable); value != "" {
		return value, nil
	}
	s.asked = true
	return ask()
}

// references replaces the credentials by what the file shall say: a file, or a variable of the environment.
func (s *setup) references(c *config.Connection, dir string) error {
	o, i := &c.Orderspace, &c.SpaceInvoices
	for _, one := range []struct {
		key, variable, value string
		refer                func(reference, file string)
	}{
		{"client_id", envClientID, o.ClientID, func(r, f string) { o.ClientID, o.ClientIDFile = r, f }},
		{"client_secret", envClientSecret, o.ClientSecret.Reveal(), func(r, f string) { o.ClientSecret, o.ClientSecretFile = config.NewSecret(r), f }},
		{"api_key", envAPIKey, i.APIKey.Reveal(), func(r, f string) { i.APIKey, i.APIKeyFile = config.NewSecret(r), f }},
	} {
		file := s.fromFile[one.key]
		if file == "" && s.secretsDir != "" {
			file = filepath.Join(s.secretsDir, c.Name+"_"+one.key)
			if err := writePrivate(file, []byte(one.value+"\n")); err != nil {
				return err
			}
			s.notes = append(s.notes, "Wrote "+file+".")
		}
		if file != "" {
			one.refer("", relativeTo(dir, file))
			continue
		}
		one.refer("${"+one.variable+"}", "")
		if os.Getenv(one.variable) == "" {
			s.notes = append(s.notes, "The configuration expects "+one.variable+" in the daemon's environment: export it.")
		}
	}
	return nil
}

// relativeTo keeps a file's place true when the configuration stands in another folder than the shell.
func relativeTo(dir, file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	if absolute, err := filepath.Abs(dir); err == nil {
		if full, err := filepath.Abs(file); err == nil {
			if relative, err := filepath.Rel(absolute, full); err == nil {
				return relative
			}
		}
	}
	return file
}

// writeConfig writes a configuration that only its owner can read.
func writeConfig(path string, c *config.Config) error {
	var text bytes.Buffer
	if err := c.Render(&text); err != nil {
		return err
	}
	return writePrivate(path, text.Bytes())
}

// writePrivate writes a file in one step: readers find the old one or the new one, complete and with mode 0600.
func writePrivate(path string, text []byte) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	file, err := os.CreateTemp(dir, ".spacebridge-*") // 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(file.Name()))
	}
	return nil
}

// vendorError turns a failed call to a vendor into one sentence with its remedy and exit code.
func vendorError(vendor string, err error, what asked) error {
	if _, failed := errors.AsType[*rest.Error](err); !failed {
		return err
	}
	message, remedy, code := vendorFault(err, what)
	return &Error{Code: code, Err: fmt.Errorf("%s %s: %s", vendor, message, remedy)}
}
