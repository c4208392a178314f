package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/connection"
)

// actionCommand returns the command that runs an action. route is the action's route
// over HTTP, or "".
func actionCommand(e *action.Entry, route string, r *runner, completing bool) *cobra.Command {
	cmd := &cobra.Command{
		Use:     e.Name,
		Short:   firstLine(e.Description),
		Long:    e.Description,
		GroupID: groupActions,
		Args:    noArguments,
	}
	if route != "" {
		cmd.Long = strings.TrimSpace(cmd.Long + "\n\nOver HTTP: " + route)
	}
	flags := addFlags(cmd, e.Inputs())
	for _, f := range flags {
		if f.Required {
			cmd.Use += " --" + f.name
			if f.Input.Type != "boolean" {
				cmd.Use += " " + f.Type()
			}
		}
	}
	if completing {
		addCompletions(cmd, flags)
	}
	if r.host == nil {
		cmd.RunE = func(cmd *cobra.Command, _ []string) error { return r.run(cmd.Context(), e, flags, nil) }
		return cmd
	}
	caller := addCallerFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		as, err := caller.read(r.host)
		if err != nil {
			return err
		}
		return r.run(cmd.Context(), e, flags, as)
	}
	return cmd
}

// route returns the route of an action over HTTP, or "". prefix is the path in front of
// all routes.
func route(e *action.Entry, prefix string) string {
	if !e.Reachable(connection.Web) {
		return ""
	}
	return e.Web.Method + " " + strings.TrimSuffix(prefix, "/") + e.Web.Path
}

// transports returns the transports of an action, with shorter names than package
// connection has.
func transports(e *action.Entry) string {
	names := e.Transports()
	for i, name := range names {
		switch name {
		case connection.Web:
			names[i] = "http"
		case connection.WebSocket:
			names[i] = "ws"
		}
	}
	return strings.Join(names, " ")
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

// guards returns the names of an action's guards.
func guards(e *action.Entry) string {
	var names []string
	for _, g := range e.Guards() {
		names = append(names, g.Name)
	}
	return strings.Join(names, ", ")
}
