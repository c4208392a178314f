package generate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// verbs are the verbs that a route has a method for. Those with an id are about one thing.
var verbs = map[string]struct {
	method string
	id     bool
	path   bool // the verb is in the path
}{
	"list": {"GET", false, false}, "search": {"GET", false, true},
	"show": {"GET", true, false}, "view": {"GET", true, false}, "get": {"GET", true, false},
	"create": {"POST", false, false}, "add": {"POST", false, false},
	"edit": {"PUT", true, false}, "update": {"PUT", true, false}, "change": {"PUT", true, false},
	"delete": {"DELETE", true, false}, "remove": {"DELETE", true, false}, "destroy": {"DELETE", true, false},
}

// actionData is what the templates of an action are filled with.
type actionData struct {
	*folder
	Action      string // user:delete
	Description string // Delete a user
	Func        string // delete: for unexported names
	Type        string // Delete: for exported ones
	Method      string // DELETE
	Call        string // Delete: the method of a test's client
	Path        string // /users/{id}
	ID          bool   // the input is an id
	Body        bool   // the method has a body
}

func actionCommand(f *flags) *cobra.Command {
	return &cobra.Command{
		Use: "action name", Short: "Make an action, such as user:delete", Args: exactly("action", "the name of the action, such as user:delete"),
		Example: "  keryx generate action user:delete\n  keryx generate action report:daily",
		RunE:    func(cmd *cobra.Command, args []string) error { return run(cmd, f, args, generateAction) },
	}
}

func generateAction(p *plan, args []string) error {
	name := args[0]
	if err := checkName("an action", name); err != nil {
		return err
	}
	data, err := newAction(p.project, name)
	if err != nil {
		return err
	}
	file := strings.ToLower(data.Type) + ".go"
	at, err := p.actionNamed(name)
	if err != nil {
		return err
	}
	if at != "" && !(p.force && strings.HasPrefix(at, data.Dir+"/"+file+":")) {
		return fmt.Errorf("there is an action %s already, at %s", name, at)
	}
	if err := data.free([]string{file}, data.Func+"Action", data.Func+"Input", data.Func+"Output", "register"+data.Type); err != nil {
		return err
	}
	if err := p.add(data.Dir+"/"+file, "action.go.tmpl", data); err != nil {
		return err
	}
	if err := p.add(data.Dir+"/"+strings.TrimSuffix(file, ".go")+"_test.go", "action_test.go.tmpl", data); err != nil {
		return err
	}
	return p.register(data.folder, "register"+data.Type)
}

func newAction(p *project, name string) (*actionData, error) {
	subject, rest, found := strings.Cut(name, ":")
	f, err := p.folderFor(subject)
	if err != nil {
		return nil, err
	}
	all := words(subject)
	path := "/" + f.Name
	description := exported(all[:1]) + " " + strings.Join(all[1:], " ")
	if found {
		all = words(rest)
		description = exported(all[:1]) + " " + strings.Join(slices.Concat(all[1:], []string{article(subject), strings.Join(words(subject), " ")}), " ")
	}
	verb, known := verbs[all[0]]
	switch {
	case found && (!known || verb.path):
		path += "/" + strings.Join(all, "-")
	case verb.id:
		path += "/{id}"
	}
	method := cmp.Or(verb.method, "POST")
	return &actionData{
		folder: f, Action: name, Description: strings.TrimSpace(description), Func: unexported(all), Type: exported(all),
		Method: method, Call: method[:1] + strings.ToLower(method[1:]), Path: path,
		ID: verb.id, Body: method == "POST" || method == "PUT",
	}, nil
}

// article returns the article for a word.
func article(word string) string {
	if strings.ContainsRune("aeiou", rune(word[0])) {
		return "an"
	}
	return "a"
}

// TestCall is the call of the action in its test, as a method of the client.
func (a *actionData) TestCall() string {
	path := "/api" + strings.ReplaceAll(a.Path, "{id}", "1")
	switch {
	case a.Body && a.ID:
		return fmt.Sprintf("%s(%q, nil)", a.Call, path)
	case a.Body:
		return fmt.Sprintf(`%s(%q, map[string]string{"name": "Ada"})`, a.Call, path)
	case a.ID:
		return fmt.Sprintf("%s(%q)", a.Call, path)
	}
	return fmt.Sprintf("%s(%q)", a.Call, path+"?name=Ada")
}

// TestBody is the result in the test.
func (a *actionData) TestBody() string {
	if a.ID {
		return `{"id":1}`
	}
	return `{"name":"Ada"}`
}
