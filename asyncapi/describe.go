package asyncapi

import (
	"cmp"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/action/schema"
	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/internal/apidoc"
)

// Source is what a document is made of.
type Source struct {
	// Actions are described if WebSockets reach them.
	Actions []*action.Entry
	// Channels are those that clients subscribe to.
	Channels []channel.Channel
	// Info describes the app. An empty Title is "API", an empty Version "0.0.0".
	Info Info
	// URL is that of the app: "https://app.example". Empty: the document has no server.
	URL string
}

// socket is the name of the channel that is the WebSocket itself.
const socket = "socket"

// Describe makes the document.
func Describe(s Source) *Document {
	d := &Document{
		AsyncAPI: Version, Info: s.Info, DefaultContentType: "application/json", Servers: servers(s.URL),
		Channels:   map[string]*Channel{socket: {Address: "/", Description: "The WebSocket.", Messages: map[string]Reference{}}},
		Operations: map[string]*Operation{}, Components: Components{Messages: map[string]*Message{}},
	}
	d.Info.Title, d.Info.Version = cmp.Or(d.Info.Title, "API"), cmp.Or(d.Info.Version, "0.0.0")
	b := &builder{document: d, names: map[string]bool{socket: true}}
	b.protocol()
	for _, e := range s.Actions {
		if e.Reachable(connection.WebSocket) {
			b.action(e)
		}
	}
	for _, c := range s.Channels {
		b.channel(&c)
	}
	b.finish()
	return d
}

func servers(rawURL string) map[string]Server {
	u, err := url.Parse(rawURL)
	if rawURL == "" || err != nil {
		return nil
	}
	s := Server{Host: u.Host, PathName: u.Path, Protocol: "ws"}
	if u.Scheme == "https" {
		s.Protocol = "wss"
	}
	return map[string]Server{"app": s}
}

// builder makes a document.
type builder struct {
	document *Document
	in, out  schema.Defs // definitions of inputs and of results
	reads    []*Message  // whose payloads refer to definitions of inputs
	names    map[string]bool
}

// message adds a message of a channel, and returns a reference to it there.
func (b *builder) message(in string, name, summary string, payload *schema.Schema) (Reference, *Message) {
	m := b.document.Components.Messages[name]
	if m == nil {
		m = &Message{Name: name, Summary: summary, Payload: payload}
		b.document.Components.Messages[name] = m
	}
	b.document.Channels[in].Messages[name] = Reference{"#/components/messages/" + name}
	return Reference{"#/channels/" + in + "/messages/" + name}, m
}

// receive adds an operation that the app receives on the WebSocket.
func (b *builder) receive(name string, o Operation, message Reference, replies ...Reference) {
	o.Action, o.Channel, o.Messages = "receive", Reference{"#/channels/" + socket}, []Reference{message}
	if len(replies) > 0 {
		o.Reply = &Reply{Channel: o.Channel, Messages: replies}
	}
	b.document.Operations[name] = &o
}

// id is the schema of a messageId, which the reply to a message repeats.
func id() schema.Property {
	return schema.Property{Name: "messageId", Schema: &schema.Schema{
		Description: "Any JSON value that the client chooses; the reply repeats it.",
	}}
}

func text(name, doc string) schema.Property {
	return schema.Property{Name: name, Schema: apidoc.Text(doc)}
}

func object(required string, p ...schema.Property) *schema.Schema {
	return apidoc.Object(strings.Fields(required), p)
}

// failed returns the reply to a message that has failed.
func (b *builder) failed() Reference {
	r, _ := b.message(socket, "error", "The message has failed.", object("error", id(), schema.Property{Name: "error", Schema: apidoc.Error()}))
	return r
}

// protocol adds what is the same in all apps.
func (b *builder) protocol() {
	for _, verb := range []string{"subscribe", "unsubscribe"} {
		ask := []schema.Property{{Name: "messageType", Schema: apidoc.Const(verb)}, text("channel", "The name of the channel."), id()}
		done := []schema.Property{text("channel", "")}
		if verb == "subscribe" {
			ask = append(ask, text("after", "The position of the last message that the client has got, in a channel with a history."))
			done = append(done, text("position", "Where the subscription begins, in a channel with a history."),
				schema.Property{Name: "recovered", Schema: &schema.Schema{
					Types: schema.Types{"boolean"}, Description: "Whether the client gets all that it has missed. Only in the reply to a message with after.",
				}})
		}
		past := verb + "d"
		message, _ := b.message(socket, verb, "", object("messageType channel", ask...))
		reply, _ := b.message(socket, past, "", object(past, id(), schema.Property{Name: past, Schema: object("channel", done...)}))
		b.receive(verb, Operation{Title: verb}, message, reply, b.failed())
	}
}

func (b *builder) action(e *action.Entry) {
	name := apidoc.ComponentName(e.Name)
	params := e.DescribeInput(&b.in)
	ask := []schema.Property{{Name: "messageType", Schema: apidoc.Const("action")}, {Name: "action", Schema: apidoc.Const(e.Name)}, {Name: "params", Schema: params}, id()}
	required := "messageType action"
	for _, in := range e.Inputs() {
		if in.Required {
			required += " params"
			break
		}
	}
	message, m := b.message(socket, name, "", object(required, ask...))
	b.reads = append(b.reads, m)
	replies := []Reference{b.reply(e, name), b.failed()}
	if isStream(e) {
		replies = append(replies, b.chunk())
	}
	o := Operation{Title: e.Name, Summary: e.Description, Description: e.Deprecated}
	for _, g := range e.Guards() {
		o.Guards = append(o.Guards, g.Name)
	}
	b.receive("action_"+name, o, message, replies...)
}

func isStream(e *action.Entry) bool {
	out := e.Result()
	return out != nil && (out.Implements(reflect.TypeFor[action.Stream]()) || out.Implements(reflect.TypeFor[http.Handler]()))
}

// reply adds the reply to an action without an error.
func (b *builder) reply(e *action.Entry, name string) Reference {
	if isStream(e) {
		ended := object("streaming", id(), schema.Property{Name: "streaming", Schema: &schema.Schema{Types: schema.Types{"boolean"}, Enum: []any{false}}})
		r, _ := b.message(socket, "streamed", "The stream has ended.", ended)
		return r
	}
	result := &schema.Schema{}
	switch out := e.Result(); out {
	case nil:
	case reflect.TypeFor[action.NoContent]():
		result.Types = schema.Types{schema.Null}
	default:
		result = schema.OfType(out, &b.out)
	}
	r, _ := b.message(socket, name+"_response", "", object("response", id(), schema.Property{Name: "response", Schema: result}))
	return r
}

// chunk adds the message that is a piece of a stream.
func (b *builder) chunk() Reference {
	r, _ := b.message(socket, "chunk", "A piece of a stream.", object("streaming chunk", id(),
		schema.Property{Name: "streaming", Schema: &schema.Schema{Types: schema.Types{"boolean"}, Enum: []any{true}}},
		text("chunk", "The piece; in base64 if it is not text."),
	))
	return r
}

// channel adds a channel that clients subscribe to.
func (b *builder) channel(c *channel.Channel) {
	name := apidoc.ComponentName(strings.NewReplacer("{", "", "}", "").Replace(c.Name))
	for b.names[name] {
		name += "_"
	}
	b.names[name] = true
	d := &Channel{Address: c.Name, Description: c.Description, Messages: map[string]Reference{}, Open: c.Open(), History: c.History.Messages() > 0}
	for _, p := range c.Placeholders() {
		if d.Parameters == nil {
			d.Parameters = map[string]Parameter{}
		}
		d.Parameters[p] = Parameter{}
	}
	b.document.Channels[name] = d
	payload := &schema.Schema{}
	if c.Sends != nil {
		payload = schema.OfType(c.Sends, &b.out)
	}
	inner := []schema.Property{text("channel", "The name of the channel."), {Name: "message", Schema: payload}, text("sender", "Who has sent it.")}
	if d.History {
		inner = append(inner, text("position", "The position of the message, to come back with."))
	}
	sent, _ := b.message(name, name+"_message", c.Description, object("message", schema.Property{Name: "message", Schema: object("channel message sender", inner...)}))
	presence, _ := b.message(name, "presence", "A member has come or gone.", object("message", schema.Property{Name: "message", Schema: object("channel message sender",
		text("channel", "The name of the channel."),
		text("message", `JSON in a text: {"event":"join","presenceKey":"7"}, or "leave".`),
		schema.Property{Name: "sender", Schema: apidoc.Const("presence")},
	)}))
	b.document.Operations["channel_"+name] = &Operation{
		Action: "send", Channel: Reference{"#/channels/" + name}, Title: c.Name, Summary: c.Description, Messages: []Reference{sent, presence},
	}
}

// finish gives the definitions their names.
func (b *builder) finish() {
	in, out := apidoc.Names(b.in.List(), b.out.List(), map[string]bool{})
	reads := map[*Message]bool{}
	for _, m := range b.reads {
		reads[m] = true
	}
	var roots []*schema.Schema
	for _, m := range b.document.Components.Messages {
		if reads[m] {
			m.Payload = apidoc.Renamed(m.Payload, in)
		} else {
			m.Payload = apidoc.Renamed(m.Payload, out)
		}
		roots = append(roots, m.Payload)
	}
	b.document.Components.Schemas = apidoc.Reachable(apidoc.Sorted(apidoc.Components(&b.in, &b.out, in, out)), roots)
}
