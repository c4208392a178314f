// Package asyncapi describes what an app says over WebSockets as an AsyncAPI 3.0 document:
// the messages that call actions and their replies, subscriptions, and the channels with
// what is broadcast on them.
//
// Every app serves its document and has the command `asyncapi`, which prints it. [Describe]
// makes the document alone.
package asyncapi

import (
	"encoding/json"

	"github.com/keryx-go/keryx/action/schema"
)

// Version is the version of AsyncAPI that documents have.
const Version = "3.0.0"

// Document is an AsyncAPI document. Encode it with encoding/json: the same actions and
// channels make the same bytes.
type Document struct {
	AsyncAPI           string                `json:"asyncapi"`
	Info               Info                  `json:"info"`
	DefaultContentType string                `json:"defaultContentType"`
	Servers            map[string]Server     `json:"servers,omitempty"`
	Channels           map[string]*Channel   `json:"channels"`
	Operations         map[string]*Operation `json:"operations"`
	Components         Components            `json:"components"`
}

// Info describes the app.
type Info struct {
	Title       string `json:"title"`
	Version     string `json:"version"`
	Description string `json:"description,omitempty"`
}

// Server is where WebSockets are opened.
type Server struct {
	Host     string `json:"host"`
	PathName string `json:"pathname,omitempty"`
	Protocol string `json:"protocol"`
}

// Channel is the WebSocket itself, or a channel that clients subscribe to over it.
type Channel struct {
	// Address is the path of the WebSocket, or the name of the channel with its
	// placeholders.
	Address     string               `json:"address"`
	Description string               `json:"description,omitempty"`
	Parameters  map[string]Parameter `json:"parameters,omitempty"`
	Messages    map[string]Reference `json:"messages"`
	// History reports whether clients that come back get what they have missed.
	History bool `json:"x-keryx-history,omitempty"`
	// Open reports whether everybody may subscribe.
	Open bool `json:"x-keryx-open,omitempty"`
}

// Parameter is a placeholder in the name of a channel.
type Parameter struct {
	Description string `json:"description,omitempty"`
}

// Reference refers to another place in the document.
type Reference struct {
	Ref string `json:"$ref"`
}

// Operation is something that the app receives, with its replies, or that it sends.
type Operation struct {
	Action      string      `json:"action"` // "receive" or "send", as the app sees it
	Channel     Reference   `json:"channel"`
	Title       string      `json:"title,omitempty"`
	Summary     string      `json:"summary,omitempty"`
	Description string      `json:"description,omitempty"`
	Messages    []Reference `json:"messages"`
	Reply       *Reply      `json:"reply,omitempty"`
	// Guards are what the middleware of an action asks of callers.
	Guards []string `json:"x-keryx-guards,omitempty"`
}

// Reply are the messages of which one answers a message.
type Reply struct {
	Channel  Reference   `json:"channel"`
	Messages []Reference `json:"messages"`
}

// Message is a message of the wire.
type Message struct {
	Name    string         `json:"name"`
	Summary string         `json:"summary,omitempty"`
	Payload *schema.Schema `json:"payload"`
}

// Components are what the rest of the document refers to.
type Components struct {
	Messages map[string]*Message `json:"messages"`
	Schemas  schema.Properties   `json:"schemas,omitempty"`
}

// JSON returns the document as indented JSON, with a newline at its end.
func (d *Document) JSON() ([]byte, error) {
	data, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(data, '\n'), nil
}
