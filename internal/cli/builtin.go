package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/internal/console"
)

func startCommand(host Host) *cobra.Command {
	return &cobra.Command{
		Use:   "start",
		Short: "Start the server",
		Long:  "Start the server. It runs until it is interrupted, then finishes the requests\nthat it has accepted.",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if host == nil {
				return errors.New("this app has no server to start")
			}
			return host.Serve(cmd.Context())
		},
	}
}

func actionsCommand(actions []*action.Entry, prefix string, out io.Writer) *cobra.Command {
	return &cobra.Command{
		Use:   "actions",
		Short: "List the actions with their transports, guards and routes",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			sorted := slices.SortedFunc(slices.Values(actions), func(a, b *action.Entry) int {
				return cmp.Compare(a.Name, b.Name)
			})
			t := console.Table{{"ACTION", "REACHED BY", "GUARDED BY", "ROUTE", "DESCRIPTION"}}
			for _, e := range sorted {
				t = append(t, []string{e.Name, transports(e), guards(e), route(e, prefix), firstLine(e.Description)})
			}
			return errors.Join(t.Write(out), writeOpen(sorted, out))
		},
	}
}

// writeOpen names the actions that are open to everybody, below the table.
func writeOpen(actions []*action.Entry, out io.Writer) error {
	var names []string
	for _, e := range action.Open(actions) {
		names = append(names, e.Name)
	}
	if names == nil {
		return nil
	}
	_, err := fmt.Fprintf(out, "\nOpen to everybody: %s\n", console.List(names))
	return err
}

func configCommand(host Host, out io.Writer) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "config",
		Short: "List the settings with their values, sources and variables",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			if host == nil {
				return errors.New("this app has no settings")
			}
			settings, wrong := host.Settings()
			if asJSON {
				return errors.Join(json.NewEncoder(out).Encode(settings), wrong)
			}
			t := console.Table{{"SETTING", "VALUE", "SOURCE", "VARIABLE"}}
			for _, s := range settings {
				t = append(t, []string{s.Path, s.Value, s.Source, s.Variable})
			}
			return errors.Join(t.Write(out), wrong)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the list as JSON, for programs")
	return cmd
}
