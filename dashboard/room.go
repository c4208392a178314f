package dashboard

import (
	"github.com/keryx-go/keryx/action/schema"
	"github.com/keryx-go/keryx/channel"
)

// room is a channel.
type room struct {
	ID, Name, Description, Sends, History, Message string
	Guarded                                        bool
}

func roomOf(c channel.Channel, ids identifiers) room {
	v := room{
		ID: ids.of("channel", c.Name), Name: c.Name, Description: c.Description, Guarded: !c.Open(), Message: subscribeMessage(c.Name),
	}
	if c.Sends != nil {
		var d schema.Defs
		s := schema.OfType(c.Sends, &d)
		v.Sends = shape(s, d.List())
	}
	if c.History != (channel.History{}) {
		v.History = c.History.String()
	}
	return v
}

func (r *room) write(w *markup) {
	w.write("<article id=\"%s\" class=\"entry\" data-search=\"%s %s channel\">\n<details>\n<summary>\n<h3>%s</h3>\n", r.ID, r.Name, r.Description, r.Name)
	if r.Guarded {
		w.write("<span class=\"mark\">guarded</span>\n")
	} else {
		w.write("<span class=\"mark open\">open</span>\n")
	}
	w.write("<span class=\"about\">%s</span>\n</summary>\n<div class=\"body\">\n", r.Description)
	if r.History != "" {
		w.write("<p><strong>History:</strong> %s. A client that comes back gets what it missed.</p>\n", r.History)
	}
	if r.Sends != "" {
		w.write("<h4>Messages</h4>\n")
		w.code("Messages of "+r.Name, r.Sends)
	}
	w.write("<h4>Subscribe</h4>\n")
	face{"WebSocket", "", r.Message}.write(w, r.Name)
	w.write("<form class=\"try\" data-transport=\"channel\" novalidate>\n<h4>Listen</h4>\n<div class=\"field\"><label for=\"%s-name\">Channel</label>\n"+
		"<input id=\"%s-name\" name=\"channel\" type=\"text\" value=\"%s\" autocomplete=\"off\"></div>\n", r.ID, r.ID, r.Name)
	endForm(w, "Listen")
	w.write("</div>\n</details>\n</article>\n")
}
