package config

import (
	"io/fs"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

var (
	schemeName  = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*$`)
	headerName  = regexp.MustCompile("^[a-zA-Z0-9!#$%&'*+.^_`|~-]+$")
	headerValue = regexp.MustCompile(`^[^\x00-\x08\x0a-\x1f\x7f]*$`)
	hostName    = regexp.MustCompile(`^[a-zA-Z0-9._-]+$`)
	routePath   = regexp.MustCompile(`^(/[a-zA-Z0-9._~-]+)*/?$`)
)

func matching(pattern *regexp.Regexp, reason string) func(string) (string, *mistake) {
	return func(text string) (string, *mistake) {
		if !pattern.MatchString(text) {
			return "", &mistake{reason: reason}
		}
		return text, nil
	}
}

// checkURL requires a scheme. Opening the URL checks the rest, because net/url does not
// understand every URL of a database.
func checkURL(text string) (string, *mistake) {
	scheme, _, ok := strings.Cut(text, "://")
	if !ok || !schemeName.MatchString(scheme) {
		return "", &mistake{reason: "not a URL with a scheme and ://"}
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		return "", &mistake{reason: "has a control character, which no URL may have"}
	}
	return text, nil
}

func checkHTTPURL(text string) (string, *mistake) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "", &mistake{reason: "not an http:// or https:// URL"}
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", &mistake{reason: "has more than a scheme, a host, a port and a path"}
	}
	return strings.TrimSuffix(text, "/"), nil
}

func checkHost(text string) (string, *mistake) {
	if _, err := netip.ParseAddr(text); err != nil && !hostName.MatchString(text) {
		return "", &mistake{reason: "not a host name or an address; it has no scheme, port or brackets"}
	}
	return text, nil
}

// checkRoute returns the path without a trailing slash, except for "/".
func checkRoute(text string) (string, *mistake) {
	if !strings.HasPrefix(text, "/") {
		return "", &mistake{reason: `does not begin with "/"`}
	}
	if !routePath.MatchString(text) || slices.ContainsFunc(strings.Split(text, "/"), isDots) {
		return "", &mistake{reason: "not a plain path of letters, digits and . _ ~ - between single slashes"}
	}
	if text == "/" {
		return text, nil
	}
	return strings.TrimSuffix(text, "/"), nil
}

// checkFile takes the path of a file below some directory, not above it.
func checkFile(text string) (string, *mistake) {
	if !fs.ValidPath(text) || text == "." || strings.ContainsAny(text, "\x00\\") {
		return "", &mistake{reason: `not the path of a file: names between single slashes, without . and .., and no "/" at either end`}
	}
	return text, nil
}

func isDots(segment string) bool { return segment == "." || segment == ".." }

// checkOrigins returns the origins in lower case, as browsers send them.
func checkOrigins(text string) (string, *mistake) {
	origins := splitList(strings.ToLower(text), ",")
	for _, origin := range origins {
		if origin == "*" {
			if len(origins) > 1 {
				return "", &mistake{"has * beside other origins, which it covers", "expected * alone, or origins without it"}
			}
			continue
		}
		u, err := url.Parse(origin)
		if err != nil || !isOrigin(u, origin) {
			return "", &mistake{reason: "has an element that is not an origin: scheme://host or scheme://host:port, " +
				"without a path or a wildcard"}
		}
	}
	return strings.Join(origins, ","), nil
}

func isOrigin(u *url.URL, text string) bool {
	return u.Scheme != "" && u.Host != "" && text == u.Scheme+"://"+u.Host && !strings.Contains(u.Host, "*")
}

// checkEnvironment returns the name in lower case. Otherwise "Production" would be
// another environment, with stacks in its responses.
func checkEnvironment(text string) (string, *mistake) {
	text = strings.ToLower(text)
	if !environmentName.MatchString(text) {
		return "", &mistake{"not the name of an environment", "expected letters, digits, - and _, e.g. production"}
	}
	return text, nil
}

// checkNetworks returns the networks in their canonical form. An address becomes a
// network.
func checkNetworks(text string) (string, *mistake) {
	networks := splitList(text, ",")
	for i, network := range networks {
		if address, err := netip.ParseAddr(network); err == nil && address.Zone() == "" {
			networks[i] = netip.PrefixFrom(address, address.BitLen()).String()
			continue
		}
		prefix, err := netip.ParsePrefix(network)
		if err != nil {
			return "", &mistake{reason: "has an element that is neither an address nor a network such as 10.0.0.0/8"}
		}
		networks[i] = prefix.Masked().String()
	}
	return strings.Join(networks, ","), nil
}

// checkerOf returns the function that checks a format, or nil.
func checkerOf(format string) func(string) (string, *mistake) {
	switch format {
	case "url":
		return checkURL
	case "http-url":
		return checkHTTPURL
	case "host":
		return checkHost
	case "route":
		return checkRoute
	case "file":
		return checkFile
	case "origins":
		return checkOrigins
	case "networks":
		return checkNetworks
	case "header-name":
		return matching(headerName, "not the name of a header")
	case "header-value":
		return matching(headerValue, "has a control character, which no header may have")
	case "environment":
		return checkEnvironment
	}
	return nil
}
