package apidoc

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/internal/console"
	"github.com/keryx-go/keryx/part"
)

// Settings are the API_DOCS_* settings.
type Settings struct {
	Enabled bool `env:"API_DOCS_ENABLED" envDefault:"true" envDefault.production:"false" doc:"Whether to serve the documents about the API, below WEB_SERVER_API_ROUTE: /openapi.json, /swagger and /asyncapi.json. Anybody can read them."`
}

// Document is a document about an app.
type Document struct {
	// Name is that of the command that prints it, such as "openapi", and Short its help.
	Name, Short string
	// Paths are where it is served, below the API route.
	Paths []string
	// Make makes it. It is called once, when the document is asked for first.
	Make func() ([]byte, error)
}

// Options configure a [Part].
type Options struct {
	// Config decides whether the documents are served.
	Config Settings
	// Route is where the routes of actions begin: "/api".
	Route string
	// Actions are those of the app. A route of theirs is not taken by a document.
	Actions *action.Registry
	// Documents are served, and printed by their commands.
	Documents []Document
}

// Part serves the documents, and adds the commands that print them.
type Part struct {
	options Options
	files   []*file // of each document
}

var (
	_ part.Mounter   = (*Part)(nil)
	_ part.Commander = (*Part)(nil)
)

// New returns the part.
func New(o Options) *Part {
	p := &Part{options: o}
	for _, d := range o.Documents {
		p.files = append(p.files, &file{made: sync.OnceValues(d.Make)})
	}
	return p
}

// Name returns "documents".
func (p *Part) Name() string { return "documents" }

// DependsOn returns nil.
func (p *Part) DependsOn() []string { return nil }

// Start does nothing.
func (p *Part) Start(context.Context) error { return nil }

// Stop does nothing.
func (p *Part) Stop(context.Context) error { return nil }

// Mounts returns the handlers of the documents.
func (p *Part) Mounts() []part.Mount {
	if !p.options.Config.Enabled {
		return nil
	}
	var all []part.Mount
	for i, d := range p.options.Documents {
		for _, path := range d.Paths {
			if !slices.ContainsFunc(p.options.Actions.All(), func(e *action.Entry) bool { return e.Web == action.GET(path) }) {
				all = append(all, part.Mount{Pattern: "GET " + p.options.Route + path, Handler: p.files[i], CORS: true})
			}
		}
	}
	return all
}

// Commands returns a command for each document.
func (p *Part) Commands(part.Run) []*cobra.Command {
	var all []*cobra.Command
	for i, d := range p.options.Documents {
		all = append(all, &cobra.Command{
			Use: d.Name, Short: d.Short, Args: console.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				data, err := p.files[i].made()
				if err != nil {
					return err
				}
				_, err = cmd.OutOrStdout().Write(data)
				return err
			},
		})
	}
	return all
}

// file is a document that is made when it is asked for.
type file struct{ made func() ([]byte, error) }

// ServeHTTP sends the document.
func (f *file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	data, err := f.made()
	if err != nil {
		http.Error(w, "The document cannot be made", http.StatusInternalServerError)
		return
	}
	sum := sha256.Sum256(data)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:16])+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}
