package command

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

func (a *app) version() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: a.examples("version", "version --json"),
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if asJSON {
				return writeJSON(c.OutOrStdout(), map[string]string{
					"name": a.build.Name, "version": a.build.Version, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH,
				})
			}
			_, err := fmt.Fprintln(c.OutOrStdout(), a.versionText())
			return err
		},
	}
	jsonFlag(c, &asJSON)
	return c
}

// versionText is the version on one line, for the command and for --version.
func (a *app) versionText() string {
	return fmt.Sprintf("%s %s (%s, %s/%s)", a.build.Name, a.build.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// jsonFlag adds --json to a command that reads.
func jsonFlag(c *cobra.Command, asJSON *bool) {
	c.Flags().BoolVar(asJSON, "json", false, "print JSON for scripts")
}
