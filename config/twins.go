package config

import (
	"os"
	"path/filepath"
	"strings"
)

// readFiles takes credentials from their _file twins, and checks that exactly one of both is given.
func (v *validator) readFiles(dir, path string, c *Connection) {
	o, s := &c.Orderspace, &c.SpaceInvoices
	v.twin(dir, path+".orderspace.client_id", o.ClientIDFile, o.ClientID != "", func(text string) { o.ClientID = text })
	v.twin(dir, path+".orderspace.client_secret", o.ClientSecretFile, !o.ClientSecret.IsZero(),
		func(text string) { o.ClientSecret = NewSecret(text) })
	v.twin(dir, path+".space_invoices.api_key", s.APIKeyFile, !s.APIKey.IsZero(),
		func(text string) { s.APIKey = NewSecret(text) })
}

func (v *validator) twin(dir, path, file string, given bool, set func(string)) {
	key := path[strings.LastIndex(path, ".")+1:]
	switch {
	case file == "":
		return
	case given:
		v.add(path, "", "is given twice, as "+key+" and as "+key+"_file", "keep one of them")
		return
	case !v.credentials:
		return
	}
	text, err := os.ReadFile(filepath.Clean(resolve(dir, file)))
	value := strings.TrimSpace(string(text))
	switch {
	case err != nil:
		v.add(path+"_file", file, "cannot be read", "check that it exists and that this user may read it")
		v.add(path, "", "is missing", "mend "+key+"_file")
	case value == "" || strings.ContainsAny(value, "\r\n"):
		v.add(path+"_file", file, "does not hold one line", "write the credential into it, and nothing else")
	default:
		set(value)
	}
}
