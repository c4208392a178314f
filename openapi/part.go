package openapi

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

// Settings are the OPENAPI_* settings.
type Settings struct {
	Enabled bool `env:"OPENAPI_ENABLED" envDefault:"true" envDefault.production:"false" doc:"Whether to serve the OpenAPI document of the actions, below WEB_SERVER_API_ROUTE at /openapi.json and /swagger. Anybody can read it."`
}

// Options configure a [Part].
type Options struct {
	// Config decides whether the document is served.
	Config Settings
	// Route is where the routes of actions begin: "/api".
	Route string
	// Actions are described, as they are when the document is asked for first. Required.
	Actions *action.Registry
	// Source has everything else that the document is made of. Its Actions do not matter.
	Source Source
}

// Part serves the document, and adds the command `openapi`, which prints it.
type Part struct {
	options Options
	made    func() (*file, error)
}

var (
	_ part.Mounter   = (*Part)(nil)
	_ part.Commander = (*Part)(nil)
)

// New returns the part.
func New(o Options) *Part {
	return &Part{o, sync.OnceValues(func() (*file, error) {
		s := o.Source
		s.Actions = o.Actions.All()
		return newFile(Describe(s))
	})}
}

// Name returns "openapi".
func (p *Part) Name() string { return "openapi" }

// DependsOn returns nil.
func (p *Part) DependsOn() []string { return nil }

// Start does nothing.
func (p *Part) Start(context.Context) error { return nil }

// Stop does nothing.
func (p *Part) Stop(context.Context) error { return nil }

// Mounts returns the handlers of the document. A route that an action of the app has is the
// action's.
func (p *Part) Mounts() []part.Mount {
	if !p.options.Config.Enabled {
		return nil
	}
	var all []part.Mount
	for _, path := range []string{"/openapi.json", "/swagger"} {
		if slices.ContainsFunc(p.options.Actions.All(), func(e *action.Entry) bool { return e.Web == action.GET(path) }) {
			continue
		}
		all = append(all, part.Mount{Pattern: "GET " + p.options.Route + path, Handler: p, CORS: true})
	}
	return all
}

// ServeHTTP sends the document.
func (p *Part) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, err := p.made()
	if err != nil {
		http.Error(w, "The document cannot be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", f.tag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.data))
}

// Commands returns the command `openapi`.
func (p *Part) Commands(part.Run) []*cobra.Command {
	return []*cobra.Command{{
		Use: "openapi", Short: "Print the OpenAPI document of the actions", Args: console.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := p.made()
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(f.data)
			return err
		},
	}}
}

// file is a document that is encoded.
type file struct {
	data []byte
	tag  string // of the data
}

func newFile(d *Document) (*file, error) {
	data, err := d.JSON()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	return &file{data, `"` + hex.EncodeToString(sum[:16]) + `"`}, nil
}
