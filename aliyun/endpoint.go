package aliyun

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// checkRegion accepts one label of a host name: the region becomes a part of the
// default endpoint, which gets credentials.
func checkRegion(region string) error {
	if region == "" {
		return errors.New("aliyun: region is required")
	}
	if len(region) > 63 || strings.ContainsFunc(region, notInLabel) || strings.Trim(region, "-") != region {
		return fmt.Errorf("aliyun: region %q is not an id such as cn-hangzhou", region)
	}
	return nil
}

func notInLabel(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
}

// splitEndpoint returns https and no host for an empty endpoint.
func splitEndpoint(endpoint string) (scheme, host string, err error) {
	if endpoint == "" {
		return "https", "", nil
	}
	// Before anything else, because the other errors repeat the endpoint.
	if strings.Contains(endpoint, "@") {
		return "", "", errors.New("aliyun: endpoint must not hold a user or password")
	}
	full := endpoint
	if !strings.Contains(full, "://") {
		full = "https://" + full
	}
	u, err := url.Parse(full)
	if err != nil {
		return "", "", fmt.Errorf("aliyun: endpoint %q is not a host, host:port or URL", endpoint)
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return "", "", fmt.Errorf("aliyun: endpoint %q must have the scheme http or https", endpoint)
	case strings.Trim(u.Path, "/") != "" || strings.ContainsAny(full, "?#"):
		return "", "", fmt.Errorf("aliyun: endpoint %q must not have a path, query or fragment", endpoint)
	case !isHost(u.Hostname()) || strings.HasSuffix(u.Host, ":"):
		return "", "", fmt.Errorf("aliyun: endpoint %q has no valid host", endpoint)
	}
	return u.Scheme, u.Host, nil
}

func isHost(name string) bool {
	if net.ParseIP(name) != nil {
		return true
	}
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '.' && r != '_' && notInLabel(r)
	})
}
