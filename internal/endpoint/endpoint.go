// SPDX-License-Identifier: Apache-2.0

// Package endpoint validates the region and the endpoint of a configuration, for all
// clouds with the same errors. No error repeats an endpoint, which may contain a
// password.
package endpoint

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// Endpoint is the target of the requests. The zero Endpoint means that none is
// configured.
type Endpoint struct {
	Scheme string // "http" or "https"; empty only in the zero Endpoint
	Host   string // in lower case, with its port if it has one
	Path   string // without the path "/"
}

// longestLabel is the maximum length of a label of a host name.
const longestLabel = 63

// Region returns the id of a region in lower case. The id must be a label of a host
// name, because it becomes a part of an endpoint or of a header.
func Region(id string) (string, error) {
	if id == "" {
		return "", errors.New("region is required")
	}
	lower := strings.ToLower(id)
	if len(id) > longestLabel || strings.ContainsFunc(id, notInLabel) || strings.Trim(id, "-") != id || lower[0] < 'a' {
		return "", fmt.Errorf("region %q is not a region id, want letters, digits and hyphens", id)
	}
	return lower, nil
}

func notInLabel(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
}

// Parse parses a host, a host:port, or a URL with the scheme http or https. The default
// scheme is https. An empty text is the zero Endpoint.
func Parse(text string) (Endpoint, error) {
	if text == "" {
		return Endpoint{}, nil
	}
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return Endpoint{}, unparsable(text)
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return Endpoint{}, errors.New("endpoint has an invalid scheme, want http or https")
	case u.User != nil:
		return Endpoint{}, errUser
	case u.RawQuery != "", u.ForceQuery, strings.Contains(text, "#"):
		return Endpoint{}, errors.New("endpoint has a query or a fragment, want none")
	case !isHost(u.Hostname()):
		return Endpoint{}, errors.New("endpoint has an invalid host, want a name or an IP address")
	case !isPort(u):
		return Endpoint{}, errInvalidPort
	case u.EscapedPath() != u.Path:
		// The signature covers the path as it is.
		return Endpoint{}, errors.New("endpoint has an invalid path, want letters, digits and -._~")
	}
	e := Endpoint{Scheme: u.Scheme, Host: strings.ToLower(u.Host)}
	if u.Path != "/" {
		e.Path = u.Path
	}
	return e, nil
}

var (
	errInvalidPort = errors.New("endpoint has an invalid port, want 1 to 65535")
	errUser        = errors.New("endpoint has a user or a password, want none")
)

// unparsable returns the error of a text that is not a URL, or a more specific one for a
// bad port or a password.
func unparsable(text string) error {
	_, authority, _ := strings.Cut(text, "://")
	if end := strings.IndexAny(authority, "/?#"); end >= 0 {
		authority = authority[:end]
	}
	if strings.Contains(authority, "@") {
		return errUser
	}
	host := authority
	if colon := strings.LastIndexByte(authority, ':'); colon >= 0 {
		host = authority[:colon]
	}
	if host != authority && isHost(strings.Trim(host, "[]")) {
		return errInvalidPort
	}
	return errors.New("endpoint is invalid, want a host, a host:port or a URL")
}

// ParseHost is Parse for an API without a path.
func ParseHost(text string) (Endpoint, error) {
	e, err := Parse(text)
	if e.Path != "" {
		return Endpoint{}, errors.New("endpoint has a path, want none")
	}
	return e, err
}

func isPort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	n, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && n > 0
}

func isHost(name string) bool {
	if net.ParseIP(name) != nil {
		return true
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > longestLabel || strings.ContainsFunc(label, func(r rune) bool { return r != '_' && notInLabel(r) }) {
			return false
		}
	}
	return true
}
