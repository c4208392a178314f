package cli

import (
	"cmp"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/internal/console"
)

func (p *program) startCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "start",
		Short: "Start the server",
		Long:  "Start the server. It runs until it is interrupted, and then finishes the\nrequests that it has accepted.",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if p.Host == nil {
				return errors.New("this app has no server to start")
			}
			return p.Host.Serve(cmd.Context())
		},
	}
}

func (p *program) actionsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "actions",
		Short: "List the actions, what reaches them, what guards them, and their routes",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			actions := slices.SortedFunc(slices.Values(p.Actions), func(a, b *action.Entry) int {
				return cmp.Compare(a.Name, b.Name)
			})
			t := console.Table{{"ACTION", "REACHED BY", "GUARDED BY", "ROUTE", "DESCRIPTION"}}
			for _, e := range actions {
				t = append(t, []string{e.Name, transports(e), guards(e), p.route(e), firstLine(e.Description)})
			}
			return t.Write(p.Stdout)
		},
	}
}

func (p *program) configCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "config",
		Short: "List the settings, where each comes from, and the variable that sets it",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			if p.Host == nil {
				return errors.New("this app has no settings")
			}
			settings, wrong := p.Host.Settings()
			t := console.Table{{"SETTING", "VALUE", "SOURCE", "VARIABLE"}}
			for _, s := range settings {
				t = append(t, []string{s.Path, s.Value, s.Source, s.Variable})
			}
			return errors.Join(t.Write(p.Stdout), wrong)
		},
	}
}
