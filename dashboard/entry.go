package dashboard

import "strings"

// entry is an action.
type entry struct {
	ID, Name, Description string
	Deprecated            string   // why, and what is to be used; empty: it is not
	Method, Path          string   // of HTTP; empty: it has no route
	Callers               []string // who may call it: "login", "role admin"
	Checks                []string // what else is asked: "rate limit"
	Open                  bool     // anybody may call it
	Faces                 []face
	Inputs                []inputRow
	Result                string // its shape; empty: there is none
	Errors                []answer
	Try                   string // "http", "websocket", or "" where a page cannot
	Search                string
}

// face is a way to call an action. A part that brings another way has another face here.
type face struct{ Name, Note, Text string }

// answer is a failed response of HTTP.
type answer struct{ Status, Meaning string }

func (e *entry) write(w *markup) {
	w.write("<article id=\"%s\" class=\"entry\" data-search=\"%s\">\n<details>\n", e.ID, e.Search)
	e.summary(w)
	w.write("<div class=\"body\">\n")
	if e.Deprecated != "" {
		w.write("<p class=\"warn\">Deprecated: %s</p>\n", e.Deprecated)
	}
	e.who(w)
	e.inputs(w)
	if e.Result != "" {
		w.write("<h4>Result</h4>\n")
		w.code("Result of "+e.Name, e.Result)
	}
	if e.Errors != nil {
		w.write("<h4>Errors</h4>\n<ul class=\"errors\">")
		for _, a := range e.Errors {
			w.write("<li><code>%s</code> %s</li>", a.Status, a.Meaning)
		}
		w.write("</ul>\n")
	}
	w.write("<h4>Call it</h4>\n")
	for _, f := range e.Faces {
		f.write(w, e.Name)
	}
	if e.Try != "" {
		e.form(w)
	}
	w.write("</div>\n</details>\n</article>\n")
}

func (e *entry) summary(w *markup) {
	w.write("<summary>\n<h3>%s</h3>\n", e.Name)
	if e.Method != "" {
		w.write("<span class=\"route\"><b class=\"method %s\">%s</b> <code>%s</code></span>\n", e.Method, e.Method, e.Path)
	}
	if e.Deprecated != "" {
		w.write("<span class=\"mark warn\">deprecated</span>\n")
	}
	if e.Open {
		w.write("<span class=\"mark open\">open</span>\n")
	}
	for _, name := range e.Callers {
		w.write("<span class=\"mark\">%s</span>\n", name)
	}
	w.write("<span class=\"about\">%s</span>\n</summary>\n", e.Description)
}

// who writes who may call the action.
func (e *entry) who(w *markup) {
	w.write("<p><strong>Who may call:</strong> ")
	switch {
	case e.Open:
		w.write("everybody")
	case e.Callers != nil:
		w.list(e.Callers)
	default:
		w.write("the app and its command line")
	}
	if e.Checks != nil {
		w.write(". <strong>Also checked:</strong> ")
		w.list(e.Checks)
	}
	w.write("</p>\n")
}

func (e *entry) inputs(w *markup) {
	if e.Inputs == nil {
		w.write("<p>It takes no inputs.</p>\n")
		return
	}
	w.write("<h4>Inputs</h4>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Inputs of %s\">\n<table>\n<thead><tr>", e.Name)
	for _, column := range []string{"Name", "In", "Type", "Rules", "About"} {
		w.write("<th scope=\"col\">%s</th>", column)
	}
	w.write("</tr></thead>\n<tbody>")
	for i := range e.Inputs {
		e.Inputs[i].row(w)
	}
	w.write("</tbody>\n</table>\n</div>\n")
}

// form writes the form to try the action.
func (e *entry) form(w *markup) {
	w.write("<form class=\"try\" data-transport=\"%s\" data-action=\"%s\" data-method=\"%s\" data-path=\"%s\" novalidate>\n<h4>Try it</h4>\n",
		e.Try, e.Name, e.Method, e.Path)
	for i := range e.Inputs {
		e.Inputs[i].field(w)
	}
	endForm(w, "Send")
}

// endForm writes the buttons of a form and the place of what comes of it.
func endForm(w *markup, button string) {
	w.write("<p class=\"buttons\"><button type=\"submit\">%s</button> <button type=\"button\" class=\"stop\" hidden>Stop</button></p>\n"+
		"<div class=\"output\" role=\"status\" aria-live=\"polite\"></div>\n</form>\n", button)
}

func (f face) write(w *markup, of string) {
	w.write("<div class=\"face\">\n<p><strong>%s</strong> %s", f.Name, f.Note)
	if f.Text != "" {
		w.write(" <button type=\"button\" class=\"copy\">Copy</button>")
	}
	w.write("</p>\n")
	if f.Text != "" {
		w.code(strings.TrimSpace(of+" over "+f.Name), f.Text)
	}
	w.write("</div>\n")
}
