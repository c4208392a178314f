// Package client makes typed clients of an app: one file of TypeScript, or one of Go, made of
// the actions and channels that the app has. The package is a part, paid for by import:
//
//	api.Use(client.New(client.Options{
//		Actions: api.Actions, Channels: api.Channels, APIRoute: api.Config.Server.Web.APIRoute,
//	}))
//
// adds the commands `app client ts` and `app client go`. They connect to nothing. [TypeScript]
// and [Go] return the same files.
package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/internal/console"
	"github.com/keryx-go/keryx/part"
)

// Options are what clients are made of.
type Options struct {
	// Actions are those of the app. Required.
	Actions *action.Registry
	// Channels are those that clients subscribe to. Nil: there are none.
	Channels *channel.Hub
	// APIRoute is where the routes of actions begin: "/api". Empty: at "/".
	APIRoute string
	// NoWebSocket says that the app serves no WebSockets.
	NoWebSocket bool
}

// DefaultPackage is the name of the package that `app client go` makes.
const DefaultPackage = "client"

// Part adds the commands.
type Part struct{ options Options }

var _ part.Commander = (*Part)(nil)

// New returns the part. It panics without Actions.
func New(o Options) *Part {
	if o.Actions == nil {
		panic("keryx: client.New: Options.Actions is nil; set it to api.Actions")
	}
	return &Part{o}
}

// Name returns "client".
func (p *Part) Name() string { return "client" }

// DependsOn returns nil.
func (p *Part) DependsOn() []string { return nil }

// Start does nothing.
func (p *Part) Start(context.Context) error { return nil }

// Stop does nothing.
func (p *Part) Stop(context.Context) error { return nil }

// Commands returns the command client.
func (p *Part) Commands(part.Run) []*cobra.Command {
	root := &cobra.Command{Use: "client", Short: "Make a typed client of the actions and channels"}
	var name string
	goClient := p.command("go", "Make a client in Go, for HTTP", func() ([]byte, error) { return Go(p.options, name) })
	goClient.Flags().StringVar(&name, "package", DefaultPackage, "the name of the package")
	root.AddCommand(p.command("ts", "Make a client in TypeScript, for HTTP and WebSockets", func() ([]byte, error) { return TypeScript(p.options), nil }), goClient)
	return []*cobra.Command{root}
}

func (p *Part) command(language, short string, generate func() ([]byte, error)) *cobra.Command {
	var out string
	var check bool
	cmd := &cobra.Command{
		Use: language, Short: short, Args: console.NoArgs,
		Long: short + ". It is the same file each time, and connects to nothing.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if check && out == "" {
				return errors.New("--check compares with a file; name it by --out")
			}
			data, err := generate()
			switch {
			case err != nil:
				return err
			case check:
				return compare(cmd, out, data)
			case out != "":
				return os.WriteFile(out, data, 0o644)
			}
			_, err = cmd.OutOrStdout().Write(data)
			return err
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "the file to write, in place of standard output")
	cmd.Flags().BoolVar(&check, "check", false, "write nothing, and fail when the file is not what would be written")
	return cmd
}

// compare returns an error unless the file has the data.
func compare(cmd *cobra.Command, path string, data []byte) error {
	fix := fmt.Sprintf("run: %s --out %s", cmd.CommandPath(), path)
	if name := cmd.Flags().Lookup("package"); name != nil && name.Changed {
		fix += " --package " + name.Value.String()
	}
	have, err := os.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%s is missing; %s", path, fix)
	case err != nil:
		return err
	case bytes.Equal(have, data):
		return nil
	}
	return fmt.Errorf("%s is stale from line %d on; %s", path, differs(string(have), string(data)), fix)
}

// differs returns the number of the first line in which two texts differ.
func differs(a, b string) int {
	n := 1
	for {
		lineA, restA, moreA := strings.Cut(a, "\n")
		lineB, restB, moreB := strings.Cut(b, "\n")
		if lineA != lineB || moreA != moreB || !moreA {
			return n
		}
		a, b, n = restA, restB, n+1
	}
}
