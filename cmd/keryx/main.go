// Keryx is the command line for those who write an app.
package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/keryx-go/keryx/cmd/keryx/internal/dev"
)

func main() {
	root := &cobra.Command{Use: "keryx", Short: "Tools for Keryx apps", SilenceUsage: true, SilenceErrors: true}
	root.AddCommand(dev.Command())
	if err := root.Execute(); err != nil {
		root.PrintErrln("keryx:", err)
		os.Exit(1)
	}
}
