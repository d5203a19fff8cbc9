// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"flag"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
	"github.com/cloudeni/cloudeni/examples/controller/internal/release"
)

// sweeping holds the flags for sweeps. Without places there are no sweeps.
type sweeping struct {
	places   places
	tags     tags
	keep     tags
	interval time.Duration
	grace    time.Duration
	most     int
	dryRun   bool
}

func (s *sweeping) register(flags *flag.FlagSet) {
	flags.Var(&s.places, "sweep-in", "comma-separated places to sweep, such as aliyun/cn-hangzhou with the account of -identity, or aliyun/cn-hangzhou=namespace/name with the account of a Secret; needs -sweep-tag")
	flags.Var(&s.tags, "sweep-tag", "key=value or key: delete unused interfaces with this tag; may be repeated: they must have all of the tags")
	flags.Var(&s.keep, "sweep-keep-tag", "key=value or key: never delete an interface with this tag; may be repeated")
	flags.DurationVar(&s.interval, "sweep-interval", time.Hour, "time between the sweeps of a place; up to a tenth is added at random")
	flags.DurationVar(&s.grace, "sweep-grace", 10*time.Minute, "least time that an interface must be free before it is deleted")
	flags.IntVar(&s.most, "sweep-max", 100, "most interfaces that one sweep deletes")
	flags.BoolVar(&s.dryRun, "sweep-dry-run", false, "log what a sweep would delete, and delete nothing")
}

// check returns an error for flags that contradict each other.
func (s *sweeping) check(identity release.Identity) error {
	switch {
	case len(s.places) == 0 && len(s.tags) == 0:
		return nil
	case len(s.places) == 0:
		return errors.New("-sweep-tag without -sweep-in: want a place such as aliyun/cn-hangzhou")
	case len(s.tags) == 0:
		return errors.New("-sweep-in without -sweep-tag: want a tag, so that a sweep deletes only interfaces with it")
	case s.interval <= 0 || s.grace <= 0:
		return fmt.Errorf("-sweep-interval %s and -sweep-grace %s: want both positive", s.interval, s.grace)
	case s.most < 1:
		return fmt.Errorf("-sweep-max %d: want 1 or more", s.most)
	}
	for _, p := range s.places {
		if p.Secret.Name == "" && identity == release.NoIdentity {
			return fmt.Errorf("-sweep-in %[1]s/%[2]s: want -identity, or a Secret: %[1]s/%[2]s=namespace/name", p.Provider, p.Region)
		}
	}
	return nil
}

// request returns the request for the library.
func (s *sweeping) request() eni.SweepRequest {
	return eni.SweepRequest{Filter: eni.Filter{Tags: s.tags}, KeepTags: s.keep, Grace: s.grace, Max: s.most}
}

// places is the value of a flag: comma-separated provider/region or
// provider/region=namespace/name.
type places []release.Place

// String returns the value in the form that Set reads.
func (p *places) String() string {
	words := make([]string, len(*p))
	for i, place := range *p {
		words[i] = string(place.Provider) + "/" + place.Region
		if place.Secret.Name != "" {
			words[i] += "=" + place.Secret.String()
		}
	}
	return strings.Join(words, ",")
}

// Set adds places.
func (p *places) Set(text string) error {
	for word := range strings.SplitSeq(text, ",") {
		where, secret, hasSecret := strings.Cut(word, "=")
		provider, region, _ := strings.Cut(where, "/")
		namespace, name, _ := strings.Cut(secret, "/")
		place := release.Place{Provider: v1alpha1.Provider(provider), Region: region, Secret: types.NamespacedName{Namespace: namespace, Name: name}}
		switch {
		case place.Provider != v1alpha1.Aliyun && place.Provider != v1alpha1.Tencent, region == "", strings.Contains(region, "/"):
			return fmt.Errorf("invalid place %q: want provider/region, such as aliyun/cn-hangzhou", word)
		case hasSecret && (namespace == "" || name == "" || strings.Contains(name, "/")):
			return fmt.Errorf("invalid Secret in %q: want provider/region=namespace/name", word)
		}
		*p = append(*p, place)
	}
	return nil
}

// tags is the value of a flag that is repeated for each tag. An empty value matches any
// value.
type tags map[string]string

// String returns the tags.
func (t *tags) String() string {
	words := make([]string, 0, len(*t))
	for key, value := range *t {
		if value != "" {
			key += "=" + value
		}
		words = append(words, key)
	}
	return strings.Join(words, ",")
}

// Set adds a tag.
func (t *tags) Set(text string) error {
	key, value, exact := strings.Cut(text, "=")
	if _, twice := (*t)[key]; key == "" || twice {
		return fmt.Errorf("%q: want a tag such as key=value, and each key once", text)
	}
	if exact && value == "" {
		return fmt.Errorf("%q has no value: want key=value, or key alone for any value", text) // perhaps of a variable that is not set
	}
	if *t == nil {
		*t = make(tags)
	}
	(*t)[key] = value
	return nil
}
