package websocket

import "time"

// Settings are the WS_* settings. WebSockets share the port of HTTP.
type Settings struct {
	Enabled              bool          `env:"WS_ENABLED" envDefault:"true" doc:"Whether to accept WebSockets."`
	AllowedOrigins       []string      `env:"WS_ALLOWED_ORIGINS" envDefault:"" format:"origins" example:"https://app.example" empty:"none" doc:"The origins whose pages may open WebSockets, comma-separated, besides the server's own and those in WEB_SERVER_ALLOWED_ORIGINS. *: all origins, without credentials."`
	MaxPayloadSize       int64         `env:"WS_MAX_PAYLOAD_SIZE" envDefault:"65536" minimum:"1" doc:"The largest message from a client, in bytes. A larger one closes the socket."`
	MaxMessagesPerSecond int           `env:"WS_MAX_MESSAGES_PER_SECOND" envDefault:"20" minimum:"0" doc:"How many messages a socket may send per second. Each further message is dropped with an error, and a socket that sends ten times as many is closed. 0: no limit."`
	MaxSubscriptions     int           `env:"WS_MAX_SUBSCRIPTIONS" envDefault:"100" minimum:"0" doc:"How many channels a socket may be subscribed to. 0: no limit."`
	MaxConcurrent        int           `env:"WS_MAX_CONCURRENT_MESSAGES" envDefault:"16" minimum:"1" doc:"How many messages of one socket are handled at a time. Further messages wait. Streams do not count."`
	MaxStreams           int           `env:"WS_MAX_STREAMS" envDefault:"100" minimum:"0" doc:"How many streams of one socket may run at a time. Each further stream ends with an error. 0: no limit."`
	SendBuffer           int           `env:"WS_SEND_BUFFER" envDefault:"1048576" minimum:"16384" doc:"How many bytes of channel messages may wait for a socket, and how many bytes of replies. A socket with more channel messages is cut off. Further replies wait."`
	ReplyBudget          int64         `env:"WS_REPLY_BUDGET" envDefault:"67108864" minimum:"0" doc:"How many bytes of replies may wait for all sockets of a server together. Above it, sockets that take nothing for half of WS_PING_TIMEOUT are cut off, and actions with large replies wait. 0: no limit."`
	PingInterval         time.Duration `env:"WS_PING_INTERVAL" envDefault:"30s" unit:"ms" minimum:"0s" doc:"How often the server pings a socket. 0: never."`
	PingTimeout          time.Duration `env:"WS_PING_TIMEOUT" envDefault:"10s" unit:"ms" minimum:"1ms" doc:"How long a socket may take to answer a ping, and how long it may accept no data."`
	DrainTimeout         time.Duration `env:"WS_DRAIN_TIMEOUT" envDefault:"5s" unit:"ms" minimum:"0s" doc:"How long sockets have at shutdown to finish their work before they are closed."`
}
