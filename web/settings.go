package web

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"
)

// Settings are the WEB_* settings and APPLICATION_URL.
type Settings struct {
	Port                  int      `env:"WEB_SERVER_PORT" envDefault:"8080" minimum:"0" maximum:"65535" doc:"The port to listen on. 0: any free port."`
	Host                  string   `env:"WEB_SERVER_HOST" envDefault:"localhost" format:"host" example:"0.0.0.0" doc:"The host name or address to listen on. 0.0.0.0: every interface."`
	ApplicationURL        string   `env:"APPLICATION_URL" envDefaultFrom:"http://, the host and the port" format:"http-url" example:"https://app.example" doc:"The public URL of the server."`
	APIRoute              string   `env:"WEB_SERVER_API_ROUTE" envDefault:"/api" format:"route" doc:"The path prefix of the routes of actions."`
	AllowedOrigins        []string `env:"WEB_SERVER_ALLOWED_ORIGINS" envDefault:"*" format:"origins" example:"https://app.example" empty:"none" doc:"The origins whose pages may call the server (CORS), comma-separated. *: all origins, without credentials."`
	CrossOriginProtection bool     `env:"WEB_SERVER_CROSS_ORIGIN_PROTECTION" envDefault:"true" doc:"Whether to refuse requests that change something, such as POST, from pages of origins that are not listed in WEB_SERVER_ALLOWED_ORIGINS; * lists none. Requests with a bearer token are allowed."`
	AllowedMethods        string   `env:"WEB_SERVER_ALLOWED_METHODS" envDefault:"HEAD, GET, POST, PUT, PATCH, DELETE, OPTIONS" format:"header-value" empty:"the header is not sent" doc:"The Access-Control-Allow-Methods header."`
	AllowedHeaders        string   `env:"WEB_SERVER_ALLOWED_HEADERS" envDefault:"Content-Type" format:"header-value" empty:"the header is not sent" doc:"The Access-Control-Allow-Headers header."`
	ExposedHeaders        string   `env:"WEB_SERVER_EXPOSED_HEADERS" envDefault:"X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, X-Request-Id" format:"header-value" empty:"the header is not sent" doc:"The Access-Control-Expose-Headers header: the headers of responses that pages of other origins may read."`
	TrustedProxies        []string `env:"WEB_SERVER_TRUSTED_PROXIES" envDefault:"" format:"networks" example:"10.0.0.0/8" empty:"none" doc:"The addresses and networks of proxies whose X-Forwarded-For header is trusted, comma-separated."`
	MaxBodySize           int64    `env:"WEB_MAX_BODY_SIZE" envDefault:"10485760" minimum:"1" doc:"The largest request body, in bytes."`
	ErrorStatuses         string   `env:"WEB_SERVER_ERROR_STATUSES" envDefault:"keryx" enum:"keryx,rest" doc:"The HTTP statuses of errors: those of Keryx's protocol, or those of most HTTP APIs, such as 422 in place of 406 for a wrong parameter."`
	IncludeStackInErrors  bool     `env:"WEB_SERVER_INCLUDE_STACK_IN_ERRORS" envDefault:"true" envDefault.production:"false" doc:"Whether error responses include the stack."`

	Compression     CompressionSettings
	StaticFiles     StaticSettings
	Correlation     CorrelationSettings
	SecurityHeaders SecuritySettings

	ReadHeaderTimeout time.Duration `env:"WEB_READ_HEADER_TIMEOUT" envDefault:"10s" unit:"ms" minimum:"0s" doc:"How long a client may take to send the header of a request. 0: as long as the whole request."`
	ReadTimeout       time.Duration `env:"WEB_READ_TIMEOUT" envDefault:"1m" unit:"ms" minimum:"0s" doc:"How long a client may take to send a request, including the body. 0: no limit."`
	WriteTimeout      time.Duration `env:"WEB_WRITE_TIMEOUT" envDefault:"1m" unit:"ms" minimum:"0s" doc:"How long a client may take to accept each write. The run of the action does not count. 0: no limit."`
	IdleTimeout       time.Duration `env:"WEB_IDLE_TIMEOUT" envDefault:"2m" unit:"ms" minimum:"0s" doc:"How long an idle keep-alive connection stays open. 0: as long as WEB_READ_TIMEOUT."`
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

// Validate returns an error for static files below the routes of actions, where none
// is served.
func (s *Settings) Validate() error {
	files := newStatic(s.StaticFiles, nil, s.APIRoute)
	if files == nil || !files.isAPI(files.route) {
		return nil
	}
	return fmt.Errorf("WEB_SERVER_STATIC_ROUTE=%s is below WEB_SERVER_API_ROUTE=%s, where no static file is served; "+
		"set one of them, or WEB_SERVER_STATIC_ENABLED=false", s.StaticFiles.Route, s.APIRoute)
}

// CompressionSettings are about compressed responses.
type CompressionSettings struct {
	Enabled   bool `env:"WEB_COMPRESSION_ENABLED" envDefault:"true" doc:"Whether to compress responses for clients that accept it."`
	Threshold int  `env:"WEB_COMPRESSION_THRESHOLD" envDefault:"1024" minimum:"0" doc:"The smallest body that is compressed, in bytes."`
}

// StaticSettings are about files that are served as they are.
type StaticSettings struct {
	Enabled      bool   `env:"WEB_SERVER_STATIC_ENABLED" envDefault:"true" doc:"Whether to serve static files."`
	Directory    string `env:"WEB_SERVER_STATIC_DIRECTORY" envDefault:"assets" doc:"The directory of the static files."`
	Route        string `env:"WEB_SERVER_STATIC_ROUTE" envDefault:"/" format:"route" example:"/static" doc:"The path prefix of the static files."`
	Fallback     string `env:"WEB_SERVER_STATIC_FALLBACK" envDefault:"" format:"file" empty:"none" example:"index.html" doc:"The static file that answers GET requests for pages that no file and no route has, for apps that route in the browser. Never below WEB_SERVER_API_ROUTE."`
	CacheControl string `env:"WEB_SERVER_STATIC_CACHE_CONTROL" envDefault:"public, max-age=3600" format:"header-value" empty:"the header is not sent" doc:"The Cache-Control header of static files."`
	ETag         bool   `env:"WEB_SERVER_STATIC_ETAG" envDefault:"true" doc:"Whether static files have an ETag, and a request with the same ETag gets 304."`
}

// CorrelationSettings are about the id that is logged with every line of a request, on all servers that it passes.
type CorrelationSettings struct {
	Header     string `env:"WEB_CORRELATION_ID_HEADER" envDefault:"X-Request-Id" format:"header-name" empty:"there is no correlation id" doc:"The header that carries the correlation id of a request."`
	TrustProxy bool   `env:"WEB_CORRELATION_ID_TRUST_PROXY" envDefault:"false" doc:"Whether to take the id from the request, log it and send it back. Only behind a proxy that sets it."`
}

// SecuritySettings are headers of every response. An empty one is not sent.
type SecuritySettings struct {
	CSP                string `env:"WEB_SECURITY_CSP" envDefault:"default-src 'self'" format:"header-value" empty:"the header is not sent" doc:"The Content-Security-Policy header."`
	ContentTypeOptions string `env:"WEB_SECURITY_CONTENT_TYPE_OPTIONS" envDefault:"nosniff" format:"header-value" empty:"the header is not sent" doc:"The X-Content-Type-Options header."`
	FrameOptions       string `env:"WEB_SECURITY_FRAME_OPTIONS" envDefault:"DENY" format:"header-value" empty:"the header is not sent" doc:"The X-Frame-Options header."`
	HSTS               string `env:"WEB_SECURITY_HSTS" envDefault:"max-age=31536000; includeSubDomains" format:"header-value" empty:"the header is not sent" doc:"The Strict-Transport-Security header. Browsers honor it over TLS only."`
	ReferrerPolicy     string `env:"WEB_SECURITY_REFERRER_POLICY" envDefault:"strict-origin-when-cross-origin" format:"header-value" empty:"the header is not sent" doc:"The Referrer-Policy header."`
}
