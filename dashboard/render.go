package dashboard

import "fmt"

// render makes the page.
func render(m *model) []byte {
	var w markup
	writeHead(&w, m, "the API", func() {
		w.write(`<link rel="stylesheet" href="%s/assets/page.css">
<script src="%s/assets/page.js" type="module"></script>
`, m.Route, m.Route)
	})
	w.write("<a class=\"skip\" href=\"#content\">Skip to the actions</a>\n")
	writeTop(&w, m, "")
	w.write("<div class=\"columns\">\n")
	writeIndex(&w, m)
	writeContent(&w, m)
	w.write("</div>\n</body>\n</html>\n")
	return []byte(w.String())
}

// renderSwagger makes the page with Swagger UI.
func renderSwagger(m *model) []byte {
	var w markup
	writeHead(&w, m, "Swagger UI", func() {
		for _, file := range []string{"swagger-ui.css", "page.css"} {
			w.write("<link rel=\"stylesheet\" href=\"%s/assets/%s\">\n", m.Route, file)
		}
		for _, file := range []string{"swagger-ui-bundle.js", "swagger.js"} {
			w.write("<script src=\"%s/assets/%s\" defer></script>\n", m.Route, file)
		}
	})
	w.write("<a class=\"skip\" href=\"#swagger\">Skip to the operations</a>\n")
	writeTop(&w, m, "/openapi")
	w.write(`<main id="swagger" class="swagger" tabindex="-1" data-document="%s/openapi.json"><p>Swagger UI needs JavaScript.</p></main>
</body>
</html>
`, m.Route)
	return []byte(w.String())
}

// writeHead writes what stands before the body.
func writeHead(w *markup, m *model, of string, links func()) {
	w.write(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>%s: %s</title>
<link rel="icon" href="%s/assets/icon.svg">
`, m.Title, of, m.Route)
	links()
	w.write("</head>\n<body>\n")
}

// writeTop writes the head of both pages, of which the one at a path is shown.
func writeTop(w *markup, m *model, current string) {
	w.write("<header class=\"top\">\n<p class=\"name\"><strong>%s</strong> <span>%s</span></p>\n<nav aria-label=\"Documents\">\n", m.Title, m.Version)
	for _, link := range []struct{ path, name string }{{"", "Actions"}, {"/openapi", "Swagger UI"}, {"/openapi.json", "openapi.json"}} {
		w.write("<a href=\"%s%s\"", m.Route, link.path)
		if link.path == current {
			w.write(" aria-current=\"page\"")
		}
		w.write(">%s</a>\n", link.name)
	}
	w.write("</nav>\n</header>\n")
}

// writeIndex writes the search and the index.
func writeIndex(w *markup, m *model) {
	w.write(`<aside>
<form class="search" role="search">
<label for="search">Search <kbd>/</kbd></label>
<input id="search" type="search" autocomplete="off" spellcheck="false">
<p id="found" role="status">%s actions</p>
</form>
<nav class="index" aria-label="Actions and channels">
`, fmt.Sprint(m.Actions))
	for _, g := range m.Groups {
		w.write("<p>%s</p>\n<ul>", g.Name)
		for _, e := range g.Entries {
			w.write("<li><a href=\"#%s\">%s</a></li>", e.ID, e.Name)
		}
		w.write("</ul>\n")
	}
	if m.Channels != nil {
		w.write("<p>Channels</p>\n<ul>")
		for _, c := range m.Channels {
			w.write("<li><a href=\"#%s\">%s</a></li>", c.ID, c.Name)
		}
		w.write("</ul>\n")
	}
	w.write("</nav>\n</aside>\n")
}

// writeContent writes the entries.
func writeContent(w *markup, m *model) {
	w.write("<main id=\"content\" tabindex=\"-1\">\n<h1>%s</h1>\n", m.Title)
	if m.Description != "" {
		w.write("<p class=\"lead\">%s</p>\n", m.Description)
	}
	for _, g := range m.Groups {
		w.write("<section class=\"group\" aria-label=\"%s\">\n<h2>%s</h2>\n", g.Name, g.Name)
		for i := range g.Entries {
			g.Entries[i].write(w)
		}
		w.write("</section>\n")
	}
	if m.Channels != nil {
		w.write("<section class=\"group\" aria-label=\"Channels\">\n<h2>Channels</h2>\n")
		for i := range m.Channels {
			m.Channels[i].write(w)
		}
		w.write("</section>\n")
	}
	w.write(`<section class="group" aria-label="Errors">
<h2>Errors</h2>
<p>A failed call is answered with <code>{"error": {…}}</code> on every transport: <code>type</code> and <code>message</code>; <code>key</code> and
<code>value</code> of the parameter that is to blame; in <code>errors</code> one for each such parameter; <code>details</code> where the app has some.
Over HTTP the status follows from the type.</p>
</section>
</main>
`)
}
