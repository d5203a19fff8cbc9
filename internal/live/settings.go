// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/tencent"
)

// settings are what a run is given by the environment.
type settings struct {
	provider      string
	region        string
	subnet        string
	securityGroup string
	instance      string
	endpoint      string // empty: the vendor's own

	keyID, secret, token string

	run      string        // the name of the run: a part of every name and the value of every tag
	clean    bool          // delete what runs have left behind, and nothing else
	yes      bool          // do not ask
	burst    int           // how many requests look for the quota
	patience time.Duration // how long something may take to show
	dir      string        // where the report goes; empty for none
}

// vendor is what the settings of a provider look like.
type vendor struct {
	subnet, instance string   // how their ids begin
	keyID, secret    string   // the vendor's usual variables
	token            []string // the first that is set
}

var vendors = map[string]vendor{
	aliyun.Provider: {
		"vsw-", "i-", "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
		[]string{"ALIBABA_CLOUD_SECURITY_TOKEN"},
	},
	tencent.Provider: {
		"subnet-", "ins-", "TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY",
		[]string{"TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN", "TENCENTCLOUD_SESSION_TOKEN"},
	},
}

const (
	defaultBurst    = 100
	maxBurst        = 2000
	defaultPatience = 20 * time.Second
)

var (
	regionID = regexp.MustCompile(`^[a-z]{2,}(-[a-z0-9]+)+$`)
	idRest   = regexp.MustCompile(`^[0-9A-Za-z-]+$`)
	runName  = regexp.MustCompile(`^[a-z0-9]{4,16}$`)
)

// readSettings reads the environment. The error names everything that is wrong with it.
func readSettings(getenv func(string) string) (settings, error) {
	r := &reader{getenv: getenv}
	s := settings{
		provider: r.one("LIVE_PROVIDER", "aliyun or tencent", func(v string) bool { _, ok := vendors[v]; return ok }),
		region:   r.one("LIVE_REGION", "the id of a region, such as cn-hangzhou", regionID.MatchString),
		endpoint: getenv("LIVE_ENDPOINT"),
		dir:      getenv("LIVE_DIR"),
		clean:    r.truth("CLEAN"),
		yes:      r.truth("YES"),
		burst:    defaultBurst,
		patience: defaultPatience,
	}
	v, known := vendors[s.provider]
	if known {
		s.instance = r.id("LIVE_INSTANCE", v.instance)
		s.keyID, s.secret = r.key(v.keyID), r.key(v.secret)
		for _, name := range v.token {
			s.token = cmp.Or(s.token, getenv(name))
		}
	}
	if known && !s.clean {
		s.subnet, s.securityGroup = r.id("LIVE_SUBNET", v.subnet), r.id("LIVE_SECURITY_GROUP", "sg-")
	}
	if s.endpoint != "" && !isEndpoint(s.endpoint) {
		r.wrong("LIVE_ENDPOINT", "a host, a host:port, or a URL with the scheme http or https and without a path")
	}
	if text := getenv("LIVE_BURST"); text != "" {
		if n, err := strconv.Atoi(text); err != nil || n < 0 || n > maxBurst {
			r.wrong("LIVE_BURST", fmt.Sprintf("a number from 0 to %d", maxBurst))
		} else {
			s.burst = n
		}
	}
	if text := getenv("LIVE_PATIENCE"); text != "" {
		if d, err := time.ParseDuration(text); err != nil || d < 100*time.Millisecond || d > 10*time.Minute {
			r.wrong("LIVE_PATIENCE", "a duration from 100ms to 10m")
		} else {
			s.patience = d
		}
	}
	s.run = getenv("RUN")
	if s.run != "" && !runName.MatchString(s.run) {
		r.wrong("RUN", "4 to 16 lower case letters and digits")
	}
	if s.run == "" && !s.clean {
		s.run = strings.ToLower(rand.Text()[:10])
	}
	return s, errors.Join(r.problems...)
}

// isEndpoint refuses what would carry a path or a password. The client checks the rest.
func isEndpoint(text string) bool {
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && strings.Trim(u.Path, "/") == "" && u.User == nil
}

// reader reads variables and remembers what is wrong with them.
type reader struct {
	getenv   func(string) string
	problems []error
}

func (r *reader) wrong(name, want string) {
	state := "is not set"
	if r.getenv(name) != "" {
		state = "is invalid"
	}
	r.problems = append(r.problems, fmt.Errorf("%s %s, want %s", name, state, want))
}

func (r *reader) one(name, want string, good func(string) bool) string {
	v := r.getenv(name)
	if !good(v) {
		r.wrong(name, want)
	}
	return v
}

func (r *reader) id(name, begins string) string {
	return r.one(name, "an id that begins with "+begins, func(v string) bool {
		rest, ok := strings.CutPrefix(v, begins)
		return ok && idRest.MatchString(rest)
	})
}

// key never shows a value: it is a credential.
func (r *reader) key(name string) string {
	return r.one(name, "a part of the account's key, without white space", func(v string) bool {
		return v != "" && !strings.ContainsAny(v, " \t\r\n")
	})
}

func (r *reader) truth(name string) bool {
	v := r.getenv(name)
	if !slices.Contains([]string{"", "0", "1"}, v) {
		r.wrong(name, "1, 0 or nothing")
	}
	return v == "1"
}
