package web

import (
	"net"
	"net/netip"
	"strconv"
	"time"
)

// Settings are the WEB_* settings and APPLICATION_URL.
type Settings struct {
	Port                 int      `env:"WEB_SERVER_PORT" envDefault:"8080" minimum:"0" maximum:"65535" doc:"The port to listen on. 0: any free one."`
	Host                 string   `env:"WEB_SERVER_HOST" envDefault:"localhost" format:"host" example:"0.0.0.0" doc:"The host name or address to listen on. 0.0.0.0: every interface."`
	ApplicationURL       string   `env:"APPLICATION_URL" envDefaultFrom:"http://, the host and the port" format:"http-url" example:"https://app.example" doc:"The URL under which people reach the server."`
	APIRoute             string   `env:"WEB_SERVER_API_ROUTE" envDefault:"/api" format:"route" doc:"The path that the routes of actions are below."`
	AllowedOrigins       []string `env:"WEB_SERVER_ALLOWED_ORIGINS" envDefault:"*" format:"origins" example:"https://app.example" empty:"none" doc:"The origins whose pages may call the server (CORS), comma-separated. *: all of them, without credentials."`
	AllowedMethods       string   `env:"WEB_SERVER_ALLOWED_METHODS" envDefault:"HEAD, GET, POST, PUT, PATCH, DELETE, OPTIONS" format:"header-value" empty:"the header is not sent" doc:"The header Access-Control-Allow-Methods."`
	AllowedHeaders       string   `env:"WEB_SERVER_ALLOWED_HEADERS" envDefault:"Content-Type" format:"header-value" empty:"the header is not sent" doc:"The header Access-Control-Allow-Headers."`
	TrustedProxies       []string `env:"WEB_SERVER_TRUSTED_PROXIES" envDefault:"" format:"networks" example:"10.0.0.0/8" empty:"none" doc:"The addresses and networks of proxies whose X-Forwarded-For is believed, comma-separated."`
	MaxBodySize          int64    `env:"WEB_MAX_BODY_SIZE" envDefault:"10485760" minimum:"1" doc:"The largest request body, in bytes."`
	IncludeStackInErrors bool     `env:"WEB_SERVER_INCLUDE_STACK_IN_ERRORS" envDefault:"true" envDefault.production:"false" doc:"Whether error responses carry the stack."`

	Compression     CompressionSettings
	StaticFiles     StaticSettings
	Correlation     CorrelationSettings
	SecurityHeaders SecuritySettings

	ReadHeaderTimeout time.Duration `env:"WEB_READ_HEADER_TIMEOUT" envDefault:"10s" unit:"ms" minimum:"0s" doc:"How long a client may take to send the header of a request. 0: as long as the whole request."`
	ReadTimeout       time.Duration `env:"WEB_READ_TIMEOUT" envDefault:"1m" unit:"ms" minimum:"0s" doc:"How long a client may take to send a request, body included. 0: without limit."`
	WriteTimeout      time.Duration `env:"WEB_WRITE_TIMEOUT" envDefault:"1m" unit:"ms" minimum:"0s" doc:"How long a client may take to accept what is written to it, each time; the run of the action does not count. 0: without limit."`
	IdleTimeout       time.Duration `env:"WEB_IDLE_TIMEOUT" envDefault:"2m" unit:"ms" minimum:"0s" doc:"How long an idle keep-alive connection is kept. 0: as long as WEB_READ_TIMEOUT."`
	MaxHeaderBytes    int           `env:"WEB_MAX_HEADER_BYTES" envDefault:"65536" minimum:"1" doc:"The largest request header, in bytes."`
}

// Derive sets the ApplicationURL of a server that is reached from its own machine.
func (s *Settings) Derive() {
	host := s.Host
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
		host = "localhost"
	}
	s.ApplicationURL = "http://" + net.JoinHostPort(host, strconv.Itoa(s.Port))
}

// CompressionSettings are about compressed responses.
type CompressionSettings struct {
	Enabled   bool `env:"WEB_COMPRESSION_ENABLED" envDefault:"true" doc:"Whether responses are compressed for clients that accept it."`
	Threshold int  `env:"WEB_COMPRESSION_THRESHOLD" envDefault:"1024" minimum:"0" doc:"Bodies of fewer bytes are sent as they are."`
}

// StaticSettings are about files that are served as they are.
type StaticSettings struct {
	Enabled      bool   `env:"WEB_SERVER_STATIC_ENABLED" envDefault:"true" doc:"Whether files are served."`
	Directory    string `env:"WEB_SERVER_STATIC_DIRECTORY" envDefault:"assets" doc:"The directory of the files."`
	Route        string `env:"WEB_SERVER_STATIC_ROUTE" envDefault:"/" format:"route" example:"/static" doc:"The path that the files are below."`
	CacheControl string `env:"WEB_SERVER_STATIC_CACHE_CONTROL" envDefault:"public, max-age=3600" format:"header-value" empty:"the header is not sent" doc:"The header Cache-Control of files."`
	ETag         bool   `env:"WEB_SERVER_STATIC_ETAG" envDefault:"true" doc:"Whether files carry an ETag and a request with the same one is answered 304."`
}

// CorrelationSettings are about the id that is logged with every line of a request, on all servers that it passes.
type CorrelationSettings struct {
	Header     string `env:"WEB_CORRELATION_ID_HEADER" envDefault:"X-Request-Id" format:"header-name" empty:"there is no correlation id" doc:"The header with the correlation id of a request."`
	TrustProxy bool   `env:"WEB_CORRELATION_ID_TRUST_PROXY" envDefault:"false" doc:"Whether the id that comes in is believed, logged and sent back. Only behind a proxy that sets it."`
}

// SecuritySettings are headers of every response. An empty one is not sent.
type SecuritySettings struct {
	CSP                string `env:"WEB_SECURITY_CSP" envDefault:"default-src 'self'" format:"header-value" empty:"the header is not sent" doc:"The header Content-Security-Policy."`
	ContentTypeOptions string `env:"WEB_SECURITY_CONTENT_TYPE_OPTIONS" envDefault:"nosniff" format:"header-value" empty:"the header is not sent" doc:"The header X-Content-Type-Options."`
	FrameOptions       string `env:"WEB_SECURITY_FRAME_OPTIONS" envDefault:"DENY" format:"header-value" empty:"the header is not sent" doc:"The header X-Frame-Options."`
	HSTS               string `env:"WEB_SECURITY_HSTS" envDefault:"max-age=31536000; includeSubDomains" format:"header-value" empty:"the header is not sent" doc:"The header Strict-Transport-Security. Browsers heed it over TLS only."`
	ReferrerPolicy     string `env:"WEB_SECURITY_REFERRER_POLICY" envDefault:"strict-origin-when-cross-origin" format:"header-value" empty:"the header is not sent" doc:"The header Referrer-Policy."`
}
