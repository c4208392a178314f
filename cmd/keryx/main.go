// Keryx makes apps, runs them while they are written, and makes parts of them:
//
//	go run github.com/keryx-go/keryx/cmd/keryx@latest new my-app
//	keryx dev
//	keryx generate resource post title:string body:text
//
// docs/cli.md describes the commands. An app needs none of them: it is run by "go run ." and
// tested by "go test".
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/keryx-go/keryx/cmd/keryx/internal/dev"
	"github.com/keryx-go/keryx/cmd/keryx/internal/generate"
	"github.com/keryx-go/keryx/cmd/keryx/internal/scaffold"
)

func main() {
	root := &cobra.Command{
		Use: "keryx", Short: "Make an app on Keryx, run it while you write it, and make parts of it",
		SilenceUsage: true, SilenceErrors: true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(scaffold.Command(), dev.Command(), generate.Command(), version())
	if err := root.Execute(); err != nil {
		root.PrintErrln("keryx:", err)
		os.Exit(1)
	}
}

func version() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		Run: func(cmd *cobra.Command, _ []string) { _, _ = fmt.Fprintln(cmd.OutOrStdout(), scaffold.BuildVersion()) },
	}
}
