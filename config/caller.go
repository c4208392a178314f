package config

import "time"

// Session is about what the server remembers of a caller.
type Session struct {
	TTL        time.Duration `env:"SESSION_TTL" envDefault:"24h" unit:"s" minimum:"1s" doc:"How long a session lives without being used."`
	CookieName string        `env:"SESSION_COOKIE_NAME" envDefault:"__session" format:"header-name" doc:"The cookie with the id of the session."`
	Cookie     SessionCookie
}

// SessionCookie is about the flags of the session's cookie.
type SessionCookie struct {
	HTTPOnly bool   `env:"SESSION_COOKIE_HTTP_ONLY" envDefault:"true" doc:"Whether scripts of a page are kept from the session's cookie."`
	Secure   bool   `env:"SESSION_COOKIE_SECURE" envDefault:"false" doc:"Whether browsers send the session's cookie over TLS only."`
	SameSite string `env:"SESSION_COOKIE_SAME_SITE" envDefault:"Strict" enum:"Strict,Lax,None" doc:"Whether browsers send the session's cookie with requests that other sites cause. None needs SESSION_COOKIE_SECURE."`
}

// RateLimit is about how often a caller may run actions that the rate limiter
// guards.
type RateLimit struct {
	Enabled     bool          `env:"RATE_LIMIT_ENABLED" envDefault:"true" doc:"Whether the rate limiter limits."`
	Window      time.Duration `env:"RATE_LIMIT_WINDOW_MS" envDefault:"1m" unit:"ms" minimum:"1ms" doc:"The window in which runs are counted."`
	UnauthLimit int           `env:"RATE_LIMIT_UNAUTH_LIMIT" envDefault:"20" minimum:"1" doc:"How many runs a window has for an address that is not logged in."`
	AuthLimit   int           `env:"RATE_LIMIT_AUTH_LIMIT" envDefault:"200" minimum:"1" doc:"How many runs a window has for a user who is logged in."`
	KeyPrefix   string        `env:"RATE_LIMIT_KEY_PREFIX" envDefault:"ratelimit" doc:"What the keys of the counters in Redis begin with."`
	FailClosed  bool          `env:"RATE_LIMIT_FAIL_CLOSED" envDefault:"false" doc:"Whether actions are refused, instead of run uncounted, while Redis does not answer."`
}

// Channels is about who is present in channels.
type Channels struct {
	PresenceTTL       time.Duration `env:"PRESENCE_TTL" envDefault:"90s" unit:"s" minimum:"1s" doc:"How long the members of a server that died stay present."`
	HeartbeatInterval time.Duration `env:"PRESENCE_HEARTBEAT_INTERVAL" envDefault:"30s" unit:"s" minimum:"100ms" doc:"How often a server says that its members are still there. Less than PRESENCE_TTL."`
}

// WebSocket is about WebSockets, which share the port of HTTP.
type WebSocket struct {
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
