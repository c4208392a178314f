package websocket

import "time"

// Settings are the WS_* settings. WebSockets share the port of HTTP.
type Settings struct {
	Enabled              bool          `env:"WS_ENABLED" envDefault:"true" doc:"Whether WebSockets are accepted."`
	AllowedOrigins       []string      `env:"WS_ALLOWED_ORIGINS" envDefault:"" format:"origins" example:"https://app.example" empty:"none" doc:"The origins whose pages may open WebSockets, comma-separated, besides the server's own and those that WEB_SERVER_ALLOWED_ORIGINS names. *: all of them, without credentials."`
	MaxPayloadSize       int64         `env:"WS_MAX_PAYLOAD_SIZE" envDefault:"65536" minimum:"1" doc:"The largest message from a client, in bytes. A larger one closes its socket."`
	MaxMessagesPerSecond int           `env:"WS_MAX_MESSAGES_PER_SECOND" envDefault:"20" minimum:"0" doc:"How many messages a socket may send in a second; more are dropped, each with an error. 0: without limit."`
	MaxSubscriptions     int           `env:"WS_MAX_SUBSCRIPTIONS" envDefault:"100" minimum:"0" doc:"How many channels a socket may be subscribed to. 0: without limit."`
	MaxConcurrent        int           `env:"WS_MAX_CONCURRENT_MESSAGES" envDefault:"16" minimum:"1" doc:"How many messages of one socket are worked on at a time; further ones wait. Streams do not count."`
	MaxStreams           int           `env:"WS_MAX_STREAMS" envDefault:"100" minimum:"0" doc:"How many streams of one socket may run at a time; a further one is ended with an error. 0: without limit."`
	SendBuffer           int           `env:"WS_SEND_BUFFER" envDefault:"1048576" minimum:"16384" doc:"How many bytes of messages of channels may wait to be sent to a socket, and how many of replies. A socket for which more messages come is cut off; more replies wait."`
	PingInterval         time.Duration `env:"WS_PING_INTERVAL" envDefault:"30s" unit:"ms" minimum:"0s" doc:"How often a socket is asked whether it is still there. 0: never."`
	PingTimeout          time.Duration `env:"WS_PING_TIMEOUT" envDefault:"10s" unit:"ms" minimum:"1ms" doc:"How long a socket may take to answer, and how long it may take nothing of what is sent to it."`
	DrainTimeout         time.Duration `env:"WS_DRAIN_TIMEOUT" envDefault:"5s" unit:"ms" minimum:"0s" doc:"How long sockets have at shutdown to finish what they began, before they are closed."`
}
